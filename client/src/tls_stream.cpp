#include "tls_stream.hpp"

namespace procedura::detail {

void TlsStream::secure(std::function<void(bool)> done) {
  boost::asio::post(state_->socket.get_executor(), [state = state_, done = std::move(done)]() mutable {
    if (state->socket.is_open()) go_on(state, std::move(done));
  });
}

void TlsStream::go_on(const std::shared_ptr<State>& state, std::function<void(bool)> done) {
  const auto step = state->engine.handshake();
  if (state->has_output()) {
    state->writing = true;
    boost::asio::async_write(state->socket, boost::asio::buffer(state->out),
                             [state, step, done = std::move(done)](error_code ec, std::size_t) mutable {
                               state->writing = false;
                               if (ec == boost::asio::error::operation_aborted) return;
                               // A peer that takes no more may have said why.
                               if (step == TlsEngine::Step::needs_input) return read_on(state, std::move(done));
                               done(step == TlsEngine::Step::done);
                             });
    return;
  }
  if (step == TlsEngine::Step::needs_input) return read_on(state, std::move(done));
  done(step == TlsEngine::Step::done);
}

void TlsStream::read_on(const std::shared_ptr<State>& state, std::function<void(bool)> done) {
  state->socket.async_read_some(boost::asio::buffer(state->in),
                                [state, done = std::move(done)](error_code ec, std::size_t size) mutable {
                                  if (ec == boost::asio::error::operation_aborted) return;
                                  state->engine.received({state->in.data(), size});
                                  if (ec) state->engine.peer_ended();
                                  go_on(state, std::move(done));
                                });
}

std::size_t TlsStream::write_some(boost::asio::const_buffer bytes, error_code& ec) {
  // What is being sent cannot be overtaken.
  if (state_->writing || !state_->engine.write({static_cast<const char*>(bytes.data()), bytes.size()})) {
    ec = boost::asio::error::would_block;
    return 0;
  }
  state_->has_output();
  state_->socket.write_some(boost::asio::buffer(state_->out), ec);
  return ec ? 0 : bytes.size();
}

void TlsStream::shutdown(boost::asio::socket_base::shutdown_type what, error_code& ec) {
  if (!state_->writing) {
    state_->engine.close_notify();
    error_code ignored;
    state_->socket.non_blocking(true, ignored);
    if (state_->has_output()) state_->socket.write_some(boost::asio::buffer(state_->out), ignored);
  }
  state_->socket.shutdown(what, ec);
}

}  // namespace procedura::detail
