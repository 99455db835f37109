#pragma once

#include <memory>
#include <string>

namespace procedura::bench {

/// An agent on the loopback, on a thread of its own, that answers every request at once with what its mode asks for at the
/// least: an ack or a started, and a finished, in one write. What is measured against it is what measuring costs.
class NullResponder {
 public:
  /// Listens when it returns. Throws `boost::system::system_error`.
  NullResponder();
  /// Drops who is still connected.
  ~NullResponder();
  NullResponder(const NullResponder&) = delete;
  NullResponder& operator=(const NullResponder&) = delete;

  std::string url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace procedura::bench
