#include "io/interruption.hpp"

#include <csignal>

namespace procedura::bench {

Interruption::Interruption() : signals_{context_, SIGINT, SIGTERM} {
  signals_.async_wait([this](boost::system::error_code ec, int /*signal*/) { requested_ = requested_ || !ec; });
}

void Interruption::resume() {
  for (const int signal : {SIGINT, SIGTERM}) signals_.add(signal);
}

bool Interruption::requested() {
  context_.poll();
  return requested_;
}

}  // namespace procedura::bench
