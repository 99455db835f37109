#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <csignal>

namespace procedura::bench {

/// While this lives, SIGINT and SIGTERM do not end the process; they are to be asked for. Those that come during a run reach
/// the run too.
class Interruption {
 public:
  Interruption();
  bool requested();

  /// While this lives, the second signal ends the process, for what waits and cannot be told of the first. One at a time.
  class Impatience {
   public:
    explicit Impatience(Interruption& interruption);
    ~Impatience();
    Impatience(const Impatience&) = delete;
    Impatience& operator=(const Impatience&) = delete;

   private:
    Interruption& interruption_;
    std::array<struct sigaction, 2> kept_{};
  };

 private:
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  bool requested_ = false;
};

}  // namespace procedura::bench
