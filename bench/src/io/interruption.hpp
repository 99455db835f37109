#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace procedura::bench {

/// While this lives, SIGINT and SIGTERM do not end the process; they are to be asked for. Those that come during a run reach
/// the run too.
class Interruption {
 public:
  Interruption();
  bool requested();

  /// From now on they end the process again, for what it cannot be kept from waiting for; until `resume`.
  void pause() { signals_.clear(); }
  void resume();

 private:
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_;
  bool requested_ = false;
};

}  // namespace procedura::bench
