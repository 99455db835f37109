#include "peer_answer.hpp"
#include "transport_impl.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/post.hpp>

#include <utility>

namespace procedura {
namespace {

/// Stands for a connection that is not even tried.
class NoTransport : public detail::TransportImpl, public std::enable_shared_from_this<NoTransport> {
 public:
  NoTransport(boost::asio::any_io_executor executor, TransportHandler& handler, TransportEnd end)
      : executor_{std::move(executor)}, handler_{&handler}, end_{std::move(end)} {}

  void open() override {
    boost::asio::post(executor_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->handler_ == nullptr) return;
      std::exchange(self->handler_, nullptr)->on_end(std::move(self->end_));
    });
  }
  void send_text(std::string) override {}
  void send_binary(std::string) override {}
  void send_fragments(std::vector<std::string>) override {}
  void ping(std::string) override {}
  void close(std::uint16_t, std::string) override {}
  void abort() override {}
  void pause_reading() override {}
  void resume_reading() override {}
  std::size_t queued() const noexcept override { return 0; }
  void release() override { handler_ = nullptr; }

 private:
  boost::asio::any_io_executor executor_;
  TransportHandler* handler_;
  TransportEnd end_;
};

// The transport of a `wss://` endpoint; its TLS context is made now if it has none.
std::shared_ptr<detail::TransportImpl> secure_transport(const boost::asio::any_io_executor& executor, TransportOptions options,
                                                        TransportHandler& handler) {
  if (!options.tls) {
    auto made = TlsContext::make({});
    if (!made) {
      TransportEnd end;
      end.cause = errc::tls_failed;
      end.detail = made.error().message;
      return std::make_shared<NoTransport>(executor, handler, std::move(end));
    }
    options.tls = *std::move(made);
  }
  return detail::make_tls_transport(executor, std::move(options), handler);
}

}  // namespace

Transport::Transport(boost::asio::any_io_executor executor) : executor_{std::move(executor)} {}

Transport::~Transport() {
  if (impl_) impl_->release();
}

Transport::Transport(Transport&&) noexcept = default;

Transport& Transport::operator=(Transport&& other) noexcept {
  if (this == &other) return *this;
  if (impl_) impl_->release();
  executor_ = std::move(other.executor_);
  impl_ = std::move(other.impl_);
  return *this;
}

void Transport::open(TransportOptions options, TransportHandler& handler) {
  if (impl_) impl_->release();
  if (TransportEnd end = detail::check(options); end.cause != errc::ok) {
    impl_ = std::make_shared<NoTransport>(executor_, handler, std::move(end));
  } else if (options.endpoint.secure) {
    impl_ = secure_transport(executor_, std::move(options), handler);
  } else {
    impl_ = detail::make_plain_transport(executor_, std::move(options), handler);
  }
  impl_->open();
}

void Transport::send_text(std::string message) {
  if (impl_) impl_->send_text(std::move(message));
}

void Transport::send_binary(std::string message) {
  if (impl_) impl_->send_binary(std::move(message));
}

void Transport::send_fragments(std::vector<std::string> parts) {
  if (impl_) impl_->send_fragments(std::move(parts));
}

void Transport::ping(std::string payload) {
  if (impl_) impl_->ping(std::move(payload));
}

void Transport::close(std::uint16_t code, std::string reason) {
  if (impl_) impl_->close(code, std::move(reason));
}

void Transport::abort() {
  if (impl_) impl_->abort();
}

void Transport::pause_reading() {
  if (impl_) impl_->pause_reading();
}

void Transport::resume_reading() {
  if (impl_) impl_->resume_reading();
}

std::size_t Transport::queued() const noexcept {
  return impl_ ? impl_->queued() : 0;
}

}  // namespace procedura
