#include "connector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <mutex>
#include <netdb.h>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace procedura {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

error_code look_up_error(int status) {
  switch (status) {
    case EAI_SYSTEM:
      return {errno, boost::system::system_category()};
    case EAI_AGAIN:
      return asio::error::host_not_found_try_again;
    case EAI_FAIL:
      return asio::error::no_recovery;
    case EAI_MEMORY:
      return asio::error::no_memory;
    default:
      return asio::error::host_not_found;
  }
}

error_code look_up(const std::string& host, std::uint16_t port, TcpEndpoints& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (status == EAI_NONAME || status == EAI_ADDRFAMILY || status == EAI_NODATA) {
    hints.ai_flags = 0;  // a machine with nothing but its loopback has no configured family
    status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  }
  if (status != 0) return look_up_error(status);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(entry->ai_addrlen);
    std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen, reinterpret_cast<char*>(endpoint.data()));
    endpoint.port(port);
    found.push_back(endpoint);
  }
  ::freeaddrinfo(list);
  return found.empty() ? error_code{asio::error::host_not_found} : error_code{};
}

}  // namespace

// The mutex makes sure that nothing is posted to an executor whose owner has let go of this.
struct Resolution::Shared {
  std::mutex mutex;
  boost::asio::any_io_executor executor;
  Done done;  // empty once abandoned

  static void deliver(const std::shared_ptr<Shared>& shared, error_code ec, TcpEndpoints found) {
    const std::lock_guard lock{shared->mutex};
    if (!shared->done) return;
    asio::post(shared->executor, [weak = std::weak_ptr{shared}, ec, found = std::move(found)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      Done done;
      {
        const std::lock_guard inner{self->mutex};
        done = std::exchange(self->done, nullptr);
      }
      if (done) done(ec, std::move(found));
    });
  }
};

Resolution::Resolution(const asio::any_io_executor& executor, const Endpoint& endpoint, Done done)
    : shared_{std::make_shared<Shared>()} {
  shared_->executor = executor;
  shared_->done = std::move(done);
  error_code not_an_address;
  const auto address = asio::ip::make_address(endpoint.host, not_an_address);
  if (!not_an_address) {
    Shared::deliver(shared_, {}, {{address, endpoint.port}});
    return;
  }
  try {
    std::thread{[shared = shared_, host = endpoint.host, port = endpoint.port] {
      TcpEndpoints found;
      const error_code ec = look_up(host, port, found);
      Shared::deliver(shared, ec, std::move(found));
    }}.detach();
  } catch (const std::system_error&) {
    Shared::deliver(shared_, asio::error::no_memory, {});  // no thread to be had
  }
}

Resolution::~Resolution() {
  const std::lock_guard lock{shared_->mutex};
  shared_->done = nullptr;
  shared_->executor = {};
}

}  // namespace procedura
