#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace procedura {

/// What lies between Beast's WebSocket stream and the socket. It does two things that Beast does not:
///
/// - Messages that are known to be followed by others are held back and leave with the last of them, in one write.
/// - The first bytes of the peer's answer are kept, to tell a user what it was that answered instead of an agent.
template <class Lower>
class Wire {
 public:
  using executor_type = typename Lower::executor_type;
  using next_layer_type = Lower;
  using error_code = boost::system::error_code;

  explicit Wire(Lower lower) : lower_{std::move(lower)} {}

  executor_type get_executor() noexcept { return lower_.get_executor(); }
  Lower& lower() noexcept { return lower_; }

  /// The next write is followed by another one for certain.
  void more_follows(bool yes) noexcept { more_follows_ = yes; }

  void stop_listening_in() noexcept { listening_in_ = false; }
  const std::string& heard() const noexcept { return heard_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (!listening_in_) return lower_.async_read_some(buffers, std::forward<Token>(token));
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(Read<Buffers>{*this, buffers}, token, lower_);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(Write<Buffers>{*this, buffers}, token, lower_);
  }

  /// What is still held back, as far as the socket takes it at once.
  void flush_now() noexcept {
    if (held_.empty()) return;
    error_code ignored;
    lower_.non_blocking(true, ignored);
    lower_.write_some(boost::asio::buffer(held_), ignored);
    held_.clear();
  }

 private:
  static constexpr std::size_t hold_at_most = 64 * 1024;
  static constexpr std::size_t hear_at_most = 8 * 1024;  // a whole head, usually

  template <class Buffers>
  struct Read {
    Wire& wire;
    Buffers buffers;
    bool started = false;

    template <class Self>
    void operator()(Self& self, error_code ec = {}, std::size_t size = 0) {
      if (!std::exchange(started, true)) return wire.lower_.async_read_some(buffers, std::move(self));
      wire.hear(buffers, size);
      self.complete(ec, size);
    }
  };

  template <class Buffers>
  struct Write {
    enum class Step { start, passed_on, held, flushed };
    Wire& wire;
    Buffers buffers;
    Step step = Step::start;
    std::size_t taken = 0;

    template <class Self>
    void operator()(Self& self, error_code ec = {}, std::size_t size = 0) {
      if (step == Step::start) return begin(self);
      if (step == Step::passed_on) return self.complete(ec, size);
      if (step == Step::flushed) wire.held_.clear();
      self.complete(ec, ec ? 0 : taken);
    }

    template <class Self>
    void begin(Self& self) {
      taken = boost::asio::buffer_size(buffers);
      const std::size_t before = wire.held_.size();
      const bool hold = wire.more_follows_ && before + taken <= hold_at_most;
      if (!hold && before == 0) {
        step = Step::passed_on;
        return wire.lower_.async_write_some(buffers, std::move(self));
      }
      wire.held_.resize(before + taken);
      boost::asio::buffer_copy(boost::asio::buffer(wire.held_) + before, buffers);
      if (hold) {
        step = Step::held;
        return boost::asio::post(wire.get_executor(), std::move(self));
      }
      step = Step::flushed;
      boost::asio::async_write(wire.lower_, boost::asio::buffer(wire.held_), std::move(self));
    }
  };

  template <class Buffers>
  void hear(const Buffers& buffers, std::size_t size) {
    const std::size_t before = heard_.size();
    const std::size_t room = std::min(size, hear_at_most - std::min(before, hear_at_most));
    heard_.resize(before + room);
    boost::asio::buffer_copy(boost::asio::buffer(heard_) + before, buffers, room);
  }

  Lower lower_;
  std::string held_;
  std::string heard_;
  bool more_follows_ = false;
  bool listening_in_ = true;
};

/// Beast's own would wait for the peer to hang up, for as long as it likes. Here the connection waits for that, with a
/// deadline.
template <class Lower, class Handler>
void async_teardown(boost::beast::role_type /*role*/, Wire<Lower>& wire, Handler&& handler) {
  wire.flush_now();
  boost::system::error_code ignored;
  wire.lower().shutdown(boost::asio::socket_base::shutdown_send, ignored);
  boost::asio::post(wire.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}

template <class Lower>
void beast_close_socket(Wire<Lower>& wire) {
  boost::system::error_code ignored;
  wire.lower().close(ignored);
}

}  // namespace procedura
