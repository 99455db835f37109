#pragma once

#include "tls_engine.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::detail {

/// A TCP connection with TLS on it: a `TlsEngine` and the socket that it has its bytes from. One read and one write at a time;
/// everything on the socket's executor. An operation under way keeps what it needs.
///
/// Asio's own stream would put each buffer of a message into a record and a write of its own, can say no goodbye without
/// waiting for the peer's, and shows nobody what it was that came instead of TLS.
class TlsStream {
  using Tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;

 public:
  using executor_type = Tcp::socket::executor_type;

  TlsStream(Tcp::socket socket, std::shared_ptr<TlsContext> context, const Endpoint& endpoint)
      : state_{std::make_shared<State>(std::move(socket), std::move(context), endpoint)} {}

  executor_type get_executor() noexcept { return state_->socket.get_executor(); }

  /// Calls back later, unless the stream is closed first; true: secured, and the certificate holds.
  void secure(std::function<void(bool)> done);
  TlsInfo info() const { return state_->engine.info(); }
  std::string problem() const { return state_->engine.problem(); }
  bool never_answered() const { return state_->engine.never_answered(); }
  std::optional<std::string> rejection() const { return state_->engine.rejection(); }
  std::size_t bytes_received() const { return state_->engine.bytes_received(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    boost::asio::mutable_buffer into;
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != boost::asio::buffer_sequence_end(buffers); ++at) {
      into = *at;
      if (into.size() != 0) break;
    }
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(Read{state_, into}, token, state_->socket);
  }

  /// Takes up to 64 KiB of all the buffers at once, which leave in one write.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(Write<Buffers>{state_, buffers}, token,
                                                                            state_->socket);
  }

  // What is left to be done when it ends: as far as the socket does it at once.
  std::size_t write_some(boost::asio::const_buffer bytes, error_code& ec);
  void non_blocking(bool yes, error_code& ec) { state_->socket.non_blocking(yes, ec); }
  /// Says goodbye (close_notify) first.
  void shutdown(boost::asio::socket_base::shutdown_type what, error_code& ec);
  void close(error_code& ec) { state_->socket.close(ec); }

 private:
  static constexpr std::size_t encrypt_at_most = std::size_t{64} * 1024;

  struct State {
    State(Tcp::socket connected, std::shared_ptr<TlsContext> context, const Endpoint& endpoint)
        : socket{std::move(connected)}, engine{std::move(context), endpoint} {}

    /// Whether anything is to be sent; it is in `out` then.
    bool has_output() {
      out.clear();
      engine.take_output(out);
      return !out.empty();
    }

    Tcp::socket socket;
    TlsEngine engine;
    std::array<char, std::size_t{17} * 1024> in;  // room for a record
    std::string plain;                            // what is to be encrypted
    std::string out;                              // what is being sent
    bool writing = false;
  };

  // An operation may not call back before the function that began it has returned: `posted` sees to that.
  struct Read {
    enum class Step { start, reading, posted };
    std::shared_ptr<State> state;
    boost::asio::mutable_buffer into;
    Step step = Step::start;
    TlsEngine::Taken taken = {};

    template <class Self>
    void operator()(Self& self, error_code ec = {}, std::size_t size = 0) {
      if (step == Step::posted) return self.complete(taken.ec, taken.size);
      if (step == Step::reading) {
        state->engine.received({state->in.data(), size});
        if (ec) state->engine.peer_ended();
        if (ec && ec != boost::asio::error::eof) return self.complete(ec, 0);
      }
      if (into.size() != 0) taken = state->engine.read(into.data(), into.size());
      const bool has_it = into.size() == 0 || taken.size != 0 || taken.ec;
      State& from = *state;
      if (!has_it) {
        step = Step::reading;
        return from.socket.async_read_some(boost::asio::buffer(from.in), std::move(self));
      }
      if (step == Step::reading) return self.complete(taken.ec, taken.size);
      step = Step::posted;
      boost::asio::post(from.socket.get_executor(), std::move(self));
    }
  };

  template <class Buffers>
  struct Write {
    enum class Step { start, writing, broken };
    std::shared_ptr<State> state;
    Buffers buffers;
    Step step = Step::start;
    std::size_t taken = 0;

    template <class Self>
    void operator()(Self& self, error_code ec = {}, std::size_t /*size*/ = 0) {
      if (step == Step::broken) return self.complete(boost::asio::error::broken_pipe, 0);
      if (step == Step::writing) {
        state->writing = false;
        return self.complete(ec, ec ? 0 : taken);
      }
      State& to = *state;
      taken = std::min(boost::asio::buffer_size(buffers), encrypt_at_most);
      to.plain.resize(taken);
      boost::asio::buffer_copy(boost::asio::buffer(to.plain), buffers);
      if (!to.engine.write(to.plain)) {
        step = Step::broken;
        return boost::asio::post(to.socket.get_executor(), std::move(self));
      }
      to.has_output();
      to.writing = true;
      step = Step::writing;
      boost::asio::async_write(to.socket, boost::asio::buffer(to.out), std::move(self));
    }
  };

  static void go_on(const std::shared_ptr<State>& state, std::function<void(bool)> done);
  static void read_on(const std::shared_ptr<State>& state, std::function<void(bool)> done);

  std::shared_ptr<State> state_;
};

}  // namespace procedura::detail
