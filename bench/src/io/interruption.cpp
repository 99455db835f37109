#include "io/interruption.hpp"

#include <cstddef>

namespace procedura::bench {
namespace {

constexpr std::array signals{SIGINT, SIGTERM};
volatile std::sig_atomic_t came = 0;

}  // namespace

Interruption::Interruption() : signals_{context_, SIGINT, SIGTERM} {
  signals_.async_wait([this](boost::system::error_code ec, int /*signal*/) { requested_ = requested_ || !ec; });
}

// Exchanged for those of Asio and back, so that there is no moment without one.
Interruption::Impatience::Impatience(Interruption& interruption) : interruption_{interruption} {
  came = 0;
  struct sigaction once {};
  once.sa_handler = [](int) { came = 1; };
  once.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (std::size_t i = 0; i < kept_.size(); ++i) ::sigaction(signals[i], &once, &kept_[i]);
}

Interruption::Impatience::~Impatience() {
  for (std::size_t i = 0; i < kept_.size(); ++i) ::sigaction(signals[i], &kept_[i], nullptr);
  if (came != 0) interruption_.requested_ = true;
}

bool Interruption::requested() {
  context_.poll();
  return requested_;
}

}  // namespace procedura::bench
