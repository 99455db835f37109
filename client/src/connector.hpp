#pragma once

#include "address_attempts.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace procedura {

/// What a name stands for. Blocks; fails with an error of Asio's or the system's.
using LookUp = std::function<boost::system::error_code(const std::string& host, std::uint16_t port, TcpEndpoints& found)>;

/// The system's own. It asks for both families in one go, and for none that the machine has no address of (AI_ADDRCONFIG).
/// RFC 8305 would have two questions, and begin with the answer that comes first. The system's resolver sends both at once,
/// sorts what comes by RFC 6724, and waits for the second as long as its own configuration says: that lies with the machine.
boost::system::error_code system_look_up(const std::string& host, std::uint16_t port, TcpEndpoints& found);

/// Turns a host into addresses. An address needs no look-up; a name is looked up on a thread of its own, because the system's
/// look-up cannot be cancelled, and neither the destruction of an io_context nor the end of the process may wait for it. That
/// thread outlives whoever asked: it touches nothing but what it owns, and an executor only while its io_context is there.
class Resolution {
 public:
  using Done = std::function<void(boost::system::error_code, TcpEndpoints)>;

  /// Calls `done` on the executor, later, unless this object is destroyed first.
  Resolution(const boost::asio::any_io_executor& executor, const std::string& host, std::uint16_t port, Done done,
             LookUp look_up = system_look_up);
  ~Resolution();
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

 private:
  class Question;
  class Questions;
  std::shared_ptr<Question> question_;
};

}  // namespace procedura
