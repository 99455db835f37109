#pragma once

#include <procedura/protocol/deadlines.hpp>
#include <procedura/url.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace procedura {

using TcpEndpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// Turns a host into addresses. An address needs no look-up; a name is looked up on a thread of its own, because the system's
/// look-up cannot be cancelled, and an io_context would wait for it when it is destroyed.
class Resolution {
 public:
  using Done = std::function<void(boost::system::error_code, TcpEndpoints)>;

  /// Calls `done` on the executor, later, unless this object is destroyed first.
  Resolution(const boost::asio::any_io_executor& executor, const Endpoint& endpoint, Done done);
  ~Resolution();
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace procedura
