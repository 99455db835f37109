#include "connector.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
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
#include <vector>

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

}  // namespace

error_code system_look_up(const std::string& host, std::uint16_t port, TcpEndpoints& found) {
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

// The mutex makes sure that nothing is posted to an executor whose owner has let go of this.
class Resolution::Question {
 public:
  Question(const asio::any_io_executor& executor, Done done) : executor_{executor}, done_{std::move(done)} {}

  static void answer(const std::shared_ptr<Question>& question, error_code ec, TcpEndpoints found) {
    const std::lock_guard lock{question->mutex_};
    if (!question->done_) return;
    asio::post(question->executor_, [weak = std::weak_ptr{question}, ec, found = std::move(found)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      if (const Done done = self->take()) done(ec, std::move(found));
    });
  }

  void forget() {
    const Done gone = take();
    const std::lock_guard lock{mutex_};
    executor_ = {};
  }

 private:
  // What it holds is called or destroyed outside the lock.
  Done take() {
    const std::lock_guard lock{mutex_};
    return std::exchange(done_, nullptr);
  }

  std::mutex mutex_;
  asio::any_io_executor executor_;
  Done done_;  // empty once answered or abandoned
};

// The questions of an io_context that are being looked up. When it goes, before those who asked, they are forgotten.
class Resolution::Questions : public asio::execution_context::service {
 public:
  using key_type = Questions;
  static asio::execution_context::id id;

  explicit Questions(asio::execution_context& context) : service{context} {}

  void add(const std::shared_ptr<Question>& question) {
    const std::lock_guard lock{mutex_};
    std::erase_if(open_, [](const auto& other) { return other.expired(); });
    open_.push_back(question);
  }

 private:
  void shutdown() override {
    const std::lock_guard lock{mutex_};
    for (const auto& weak : open_) {
      if (const auto question = weak.lock()) question->forget();
    }
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<Question>> open_;
};

asio::execution_context::id Resolution::Questions::id;

Resolution::Resolution(const asio::any_io_executor& executor, const std::string& host, std::uint16_t port, Done done,
                       LookUp look_up)
    : question_{std::make_shared<Question>(executor, std::move(done))} {
  error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    Question::answer(question_, {}, {{address, port}});
    return;
  }
  asio::use_service<Questions>(asio::query(executor, asio::execution::context)).add(question_);
  try {
    std::thread{[question = question_, look_up = std::move(look_up), host, port] {
      TcpEndpoints found;
      const error_code ec = look_up(host, port, found);
      Question::answer(question, ec, std::move(found));
    }}.detach();
  } catch (const std::system_error&) {
    Question::answer(question_, asio::error::no_memory, {});  // no thread to be had
  }
}

Resolution::~Resolution() {
  question_->forget();
}

}  // namespace procedura
