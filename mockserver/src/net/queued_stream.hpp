#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::mock::net {

namespace asio = boost::asio;
using boost::system::error_code;

/// The layer between the WebSocket stream and TCP: one queue for what Beast writes (handshake, pongs, Close) and for the
/// messages that we append to it as they are, so that they leave in order, together, and one write at a time. A write of
/// Beast's completes when its bytes have left.
///
/// All on one executor. Set the callbacks before the first byte; `keep_alive` is asked for an owner that each pending operation
/// holds.
class QueuedStream {
 public:
  using next_layer_type = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
  using executor_type = next_layer_type::executor_type;

  explicit QueuedStream(next_layer_type socket) : socket_{std::move(socket)} {}

  executor_type get_executor() noexcept { return socket_.get_executor(); }
  next_layer_type& next_layer() noexcept { return socket_; }
  const next_layer_type& next_layer() const noexcept { return socket_; }

  std::function<std::shared_ptr<void>()> keep_alive;
  std::function<void()> on_progress;  ///< called when bytes have left
  /// Called when Beast says goodbye, for whatever reason, with the code of its Close (0: none). After that it waits for the
  /// peer to take the Close and to hang up, and sets no limit to it.
  std::function<void(std::uint16_t code)> on_close_frame;

  /// Bytes that have not left.
  std::size_t queued() const noexcept { return waiting_.size() + leaving_.size() - left_; }

  /// Append whole messages here, then call `flush`.
  std::string& queue() noexcept { return waiting_; }
  void flush() {
    if (posted_ || writing_ || failed_) return;
    posted_ = true;
    post_flush(0);
  }
  /// Forgets what has not begun to leave.
  void discard() noexcept { waiting_.clear(); }

  template <typename Buffers, typename Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return socket_.async_read_some(buffers, std::forward<Handler>(handler));
  }

  template <typename Buffers, typename Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return asio::async_initiate<Handler, void(error_code, std::size_t)>(
        [this](auto&& completion, const Buffers& bytes) {
          const std::size_t before = waiting_.size();
          const std::size_t size = asio::buffer_size(bytes);
          waiting_.resize(before + size);
          asio::buffer_copy(asio::buffer(waiting_.data() + before, size), bytes);
          departure_ = {std::make_unique<Departure::Completion>(std::forward<decltype(completion)>(completion)), size};
          if (failed_) return departure_.complete(get_executor(), asio::error::broken_pipe);
          look_for_close(std::string_view{waiting_}.substr(before));
          flush();
        },
        handler, buffers);
  }

 private:
  // More than this is not gathered for: it leaves at once.
  static constexpr std::size_t gathered = std::size_t{64} * 1024;
  // A buffer that once was huge gives its memory back.
  static constexpr std::size_t kept_capacity = std::size_t{1024} * 1024;

  // Beast writes control frames whole.
  void look_for_close(std::string_view written) {
    constexpr char fin_close = static_cast<char>(0x88);
    if (written.size() < 2 || written[0] != fin_close) return;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(written[at])); };
    on_close_frame(written.size() < 4 ? std::uint16_t{0} : static_cast<std::uint16_t>(byte(2) << 8U | byte(3)));
  }

  // Other handlers that are ready, such as the next message of the same segment, run first: what they append leaves in the same
  // write. Once nothing has come in one round, it is time.
  void post_flush(std::size_t seen) {
    asio::post(get_executor(), [this, seen, owner = keep_alive()] {
      if (waiting_.size() != seen && waiting_.size() < gathered) return post_flush(waiting_.size());
      posted_ = false;
      begin_write();
    });
  }

  void begin_write() {
    if (writing_ || failed_) return;
    // What was discarded does not leave, but nobody shall wait for it.
    if (waiting_.empty()) return departure_.complete(get_executor(), {});
    std::swap(waiting_, leaving_);
    leaving_departure_ = std::exchange(departure_, Departure{});
    left_ = 0;
    write();
  }

  void write() {
    writing_ = true;
    socket_.async_write_some(asio::buffer(std::string_view{leaving_}.substr(left_)),
                             [this, owner = keep_alive()](error_code ec, std::size_t size) { written(ec, size); });
  }

  void written(error_code ec, std::size_t size) {
    writing_ = false;
    left_ += size;
    if (!ec && left_ < leaving_.size()) {
      write();
      return on_progress();
    }
    left_ = 0;
    leaving_.clear();
    if (leaving_.capacity() > kept_capacity) leaving_.shrink_to_fit();
    if (ec) return fail(ec);
    leaving_departure_.complete(get_executor(), {});
    begin_write();
    on_progress();
  }

  // Nothing can leave any more: who waits for it is told, and whoever reads finds out by the closed socket.
  void fail(error_code ec) {
    failed_ = true;
    waiting_.clear();
    leaving_departure_.complete(get_executor(), ec);
    departure_.complete(get_executor(), ec);
    error_code ignored;
    socket_.close(ignored);
  }

  // A write of Beast's, to be completed when the buffer that it is in has left. Beast has one under way at a time.
  // Held by pointer: the move assignment of Boost 1.81's any_completion_handler never comes back.
  struct Departure {
    using Completion = asio::any_completion_handler<void(error_code, std::size_t)>;
    std::unique_ptr<Completion> completion;
    std::size_t size = 0;

    void complete(const executor_type& executor, error_code ec) {
      const auto waiting = std::move(completion);
      if (waiting) asio::post(executor, asio::append(std::move(*waiting), ec, ec ? std::size_t{0} : size));
    }
  };

  next_layer_type socket_;
  std::string waiting_;          // to leave next
  std::string leaving_;          // being written
  std::size_t left_ = 0;         // of `leaving_`, gone
  Departure departure_;          // in `waiting_`
  Departure leaving_departure_;  // in `leaving_`
  bool posted_ = false;
  bool writing_ = false;
  bool failed_ = false;
};

/// What Beast calls to end the TCP connection after the Close frames. The Close that we answer with has left by then.
template <typename Handler>
void async_teardown(boost::beast::role_type role, QueuedStream& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.next_layer(), std::forward<Handler>(handler));
}

}  // namespace procedura::mock::net
