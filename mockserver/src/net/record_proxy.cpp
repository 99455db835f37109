// The record proxy's sockets. What it knows of the protocol is how to carry it.
#include "net/record_proxy.hpp"

#include "net/record_wire.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <optional>
#include <set>
#include <utility>

namespace procedura::mock::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using WebSocket = websocket::stream<RecordWire>;

constexpr std::uint32_t max_http_header = 32 * 1024;
constexpr std::size_t read_at_once = std::size_t{64} * 1024;
constexpr std::size_t kept_buffer = std::size_t{1024} * 1024;
constexpr std::string_view proxy_name = "mock-agent record";

auto into(error_code& ec) {
  return asio::redirect_error(asio::use_awaitable, ec);
}

std::string text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

// What a client brought to its upgrade, to be brought to the agent.
struct Credentials {
  std::string target;
  std::string subprotocols;
  std::string authorization;
  std::string origin;
};

std::string joined(const http::fields& fields, http::field name) {
  std::string all;
  const auto [first, last] = fields.equal_range(name);
  for (auto at = first; at != last; ++at) all += (all.empty() ? "" : ", ") + text_of(at->value());
  return all;
}

record::Handshake handshake_of(const Credentials& brought, const std::string& selected) {
  record::Handshake handshake;
  handshake.target = brought.target;
  handshake.offered = !brought.subprotocols.empty();
  handshake.selected = !selected.empty();
  for (std::size_t at = 0; at < brought.subprotocols.size();) {
    const std::size_t comma = std::min(brought.subprotocols.find_first_of(", \t", at), brought.subprotocols.size());
    if (comma > at) handshake.tokens.push_back(brought.subprotocols.substr(at, comma - at));
    at = comma + 1;
  }
  if (const auto bearer = protocol::bearer_token(brought.authorization)) {
    handshake.tokens.emplace_back(*bearer);
  } else if (!brought.authorization.empty()) {
    handshake.tokens.push_back(brought.authorization);
  }
  return handshake;
}

}  // namespace

class RecordProxy::Impl {
 public:
  Impl(record::Recorder& recorder, RecordProxyOptions options, Log log)
      : recorder_{recorder}, options_{std::move(options)}, log_{std::move(log)} {}

  std::string prepare_tls();
  boost::system::result<Listening> listen();
  void run();
  void stop() {
    asio::post(io_, [this] { go_down(); });
  }

 private:
  class Tunnel;

  asio::awaitable<void> accept();
  void spawn(asio::awaitable<void> work, std::shared_ptr<Tunnel> of);
  void await_signal();
  void gone(Tunnel* tunnel);
  void go_down();
  void say_when_full();

  record::Recorder& recorder_;
  RecordProxyOptions options_;
  Log log_;
  ssl::context tls_{ssl::context::tls_client};
  std::set<Tunnel*> tunnels_;
  bool down_ = false;
  bool told_full_ = false;
  asio::io_context io_{1};  // behind what tunnels use as they end: it destroys those that are left
  tcp::acceptor acceptor_{io_};
  asio::signal_set signals_{io_};
};

// ------------------------------------------------------------------------------------------------------------- one client

/// A client's connection and the one to the agent that was made for it. Kept alive by its coroutines.
class RecordProxy::Impl::Tunnel : public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(Impl& proxy, tcp::socket client)
      : proxy_{proxy}, client_{std::move(client)}, agent_{tcp::socket{proxy.io_}}, resolver_{proxy.io_}, deadline_{proxy.io_} {
    proxy_.tunnels_.insert(this);
  }
  ~Tunnel() { proxy_.gone(this); }
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  static asio::awaitable<void> serve(std::shared_ptr<Tunnel> self) { co_await self->open(); }

  void go_down() {
    if (id_ == 0 || over_) return cut();
    over_ = true;
    proxy_.recorder_.client_closed(id_);
    close(client_, {websocket::close_code::going_away, "the recorder is going down"});
    close(agent_, websocket::close_code::going_away);
  }
  /// Ends both TCP connections, whatever state they are in.
  void cut();

 private:
  enum class Side : std::uint8_t { client, agent };

  asio::awaitable<void> open();
  asio::awaitable<std::string> reach_agent();
  asio::awaitable<std::string> greet_agent();
  asio::awaitable<void> answer(http::response<http::string_body> response);
  asio::awaitable<void> refuse(http::status status, std::string text);
  static asio::awaitable<void> pump(std::shared_ptr<Tunnel> self, Side from);

  void take(Side from, bool is_text, std::string_view message);
  void lost(Side from, error_code ec);
  void heed_close(Side from);
  void close(WebSocket& to, const websocket::close_reason& why);
  void expire_after(std::chrono::milliseconds limit, void (Tunnel::*then)() = &Tunnel::cut);
  void no_deadline();
  void cut_agent();
  void configure(WebSocket& ws) const;
  void log(std::string_view line) const { proxy_.log_(protocol::printable(line)); }
  std::string agent_name() const { return "the agent at " + proxy_.options_.upstream.authority(); }

  Impl& proxy_;
  WebSocket client_;
  WebSocket agent_;
  tcp::resolver resolver_;
  asio::steady_timer deadline_;
  Credentials brought_;
  websocket::response_type answer_;  // of the agent
  bool declined_ = false;            // `answer_` is a refusal
  record::Recorder::ConnectionId id_ = 0;
  bool over_ = false;
};

// Lets the client in if the agent does.
asio::awaitable<void> RecordProxy::Impl::Tunnel::open() {
  error_code ec;
  client_.next_layer().next_layer().set_option(tcp::no_delay{true}, ec);
  expire_after(proxy_.options_.open_limit);
  beast::flat_buffer buffer;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(max_http_header);
  co_await http::async_read_header(client_.next_layer(), buffer, parser, into(ec));
  if (ec) co_return;
  const auto& request = parser.get();
  if (!websocket::is_upgrade(request)) {
    co_await refuse(http::status::upgrade_required,
                    "This records sessions with a Procedura agent: connect with a WebSocket client.\n");
    co_return;
  }
  if (buffer.size() > 0) {
    co_await refuse(http::status::bad_request, "Data came before the handshake was done.\n");
    co_return;
  }
  brought_ = {text_of(request.target()), joined(request, http::field::sec_websocket_protocol),
              text_of(request[http::field::authorization]), text_of(request[http::field::origin])};

  expire_after(proxy_.options_.open_limit, &Tunnel::cut_agent);  // then the client is told
  std::string problem = co_await reach_agent();
  if (problem.empty()) problem = co_await greet_agent();
  if (declined_) {
    proxy_.recorder_.refused(handshake_of(brought_, {}));
    log(fmt::format("{} refused an upgrade with HTTP {}", agent_name(), answer_.result_int()));
    co_await answer(std::move(answer_));
    co_return;
  }
  if (!problem.empty()) {
    log(problem);
    co_await refuse(http::status::bad_gateway, problem + "\n");
    co_return;
  }

  expire_after(proxy_.options_.close_limit);
  const std::string selected = text_of(answer_[http::field::sec_websocket_protocol]);
  configure(client_);
  const auto decorate = [selected](websocket::response_type& response) {
    response.set(http::field::server, proxy_name);
    if (!selected.empty()) response.set(http::field::sec_websocket_protocol, selected);
  };
  client_.set_option(websocket::stream_base::decorator(decorate));
  co_await client_.async_accept(request, into(ec));
  if (ec) {
    cut();
    co_return;
  }
  no_deadline();
  heed_close(Side::client);
  heed_close(Side::agent);
  id_ = proxy_.recorder_.opened(handshake_of(brought_, selected));
  proxy_.spawn(pump(shared_from_this(), Side::agent), shared_from_this());
  co_await pump(shared_from_this(), Side::client);
}

// Empty: there is a connection, with TLS if it has to be. Else why there is none.
asio::awaitable<std::string> RecordProxy::Impl::Tunnel::reach_agent() {
  const auto& upstream = proxy_.options_.upstream;
  error_code ec;
  const auto found = co_await resolver_.async_resolve(upstream.host, std::to_string(upstream.port), into(ec));
  if (ec) co_return fmt::format("{} cannot be found: {}", agent_name(), ec.message());
  auto& socket = agent_.next_layer().next_layer();
  co_await asio::async_connect(socket, found, into(ec));
  if (ec == asio::error::operation_aborted) co_return agent_name() + " did not answer in time";
  if (ec) co_return fmt::format("{} cannot be reached: {}; is it running?", agent_name(), ec.message());
  socket.set_option(tcp::no_delay{true}, ec);
  if (!upstream.secure) co_return std::string{};

  auto& tls = agent_.next_layer().start_tls(proxy_.tls_);
  SSL* const native = tls.native_handle();
  error_code no_address;
  asio::ip::make_address(upstream.host, no_address);
  if (no_address) {
    std::string name = upstream.host;
    SSL_ctrl(native, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    SSL_set1_host(native, upstream.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(native), upstream.host.c_str());
  }
  co_await tls.async_handshake(ssl::stream_base::client, into(ec));
  if (!ec) co_return std::string{};
  const long verdict = SSL_get_verify_result(native);
  if (verdict != X509_V_OK) {
    co_return fmt::format("{} is not trusted: {}; name the CA that signed its certificate with --ca", agent_name(),
                          X509_verify_cert_error_string(verdict));
  }
  co_return fmt::format("{} does not speak TLS with us: {}", agent_name(),
                        ec == asio::error::operation_aborted ? "it did not answer in time" : ec.message());
}

// Empty: the agent has let us in, or it has `declined_`.
asio::awaitable<std::string> RecordProxy::Impl::Tunnel::greet_agent() {
  configure(agent_);
  const auto decorate = [this](websocket::request_type& request) {
    const auto pass_on = [&request](http::field name, const std::string& value) {
      if (!value.empty()) request.set(name, value);
    };
    pass_on(http::field::sec_websocket_protocol, brought_.subprotocols);
    pass_on(http::field::authorization, brought_.authorization);
    pass_on(http::field::origin, brought_.origin);
  };
  agent_.set_option(websocket::stream_base::decorator(decorate));
  const auto& upstream = proxy_.options_.upstream;
  const std::string host = upstream.authority();
  const std::string target = upstream.target(brought_.target);
  error_code ec;
  co_await agent_.async_handshake(answer_, host, target, into(ec));
  if (!ec) co_return std::string{};
  declined_ = ec == websocket::error::upgrade_declined;
  co_return fmt::format(
      "{} does not speak WebSocket with us: {}", agent_name(),
      ec == asio::error::operation_aborted || ec == beast::error::timeout ? "it did not answer in time" : ec.message());
}

asio::awaitable<void> RecordProxy::Impl::Tunnel::refuse(http::status status, std::string text) {
  http::response<http::string_body> response{status, 11};
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (status == http::status::upgrade_required) response.set(http::field::upgrade, "websocket");
  response.body() = std::move(text);
  return answer(std::move(response));
}

// What the agent's answer says of its own connection is not for the client's.
asio::awaitable<void> RecordProxy::Impl::Tunnel::answer(http::response<http::string_body> response) {
  error_code ec;
  response.version(11);
  response.erase(http::field::transfer_encoding);
  response.erase(http::field::keep_alive);
  response.set(http::field::connection, response.result() == http::status::upgrade_required ? "upgrade, close" : "close");
  response.prepare_payload();
  expire_after(proxy_.options_.close_limit);
  co_await http::async_write(client_.next_layer(), response, into(ec));
  // To close a socket with unread bytes in it resets the connection, and the answer may be lost with it.
  auto& socket = client_.next_layer().next_layer();
  socket.shutdown(tcp::socket::shutdown_send, ec);
  std::array<char, 1024> ignored{};
  while (!ec) co_await socket.async_read_some(asio::buffer(ignored), into(ec));
  cut();
}

asio::awaitable<void> RecordProxy::Impl::Tunnel::pump(std::shared_ptr<Tunnel> self, Side from) {
  WebSocket& source = from == Side::client ? self->client_ : self->agent_;
  WebSocket& sink = from == Side::client ? self->agent_ : self->client_;
  beast::flat_buffer buffer;
  while (true) {
    error_code ec;
    // Not `async_read`: between two parts it asks Beast how much is to come, which fails an assertion when a Close that we have
    // begun meanwhile has read the rest of the message away.
    do {
      const std::size_t size = co_await source.async_read_some(buffer.prepare(read_at_once), into(ec));
      buffer.commit(size);
    } while (!ec && !source.is_message_done());
    if (ec) {
      self->lost(from, ec);
      co_return;
    }
    const auto bytes = buffer.cdata();
    self->take(from, source.got_text(), {static_cast<const char*>(bytes.data()), bytes.size()});
    sink.text(source.got_text());
    co_await sink.async_write(bytes, into(ec));
    if (ec) co_return;  // whoever reads from there learns why
    buffer.consume(buffer.size());
    if (buffer.capacity() > kept_buffer) buffer.shrink_to_fit();
  }
}

void RecordProxy::Impl::Tunnel::take(Side from, bool is_text, std::string_view message) {
  if (over_) return;
  auto& recorder = proxy_.recorder_;
  const auto now = std::chrono::steady_clock::now();
  if (from == Side::client) {
    is_text ? recorder.client_text(now, id_, message) : recorder.client_binary(id_, message);
  } else {
    is_text ? recorder.agent_text(now, id_, message) : recorder.agent_binary(now, id_, message);
  }
  proxy_.say_when_full();
}

// One side is gone, or is being closed by Beast for what it did: the other is told as far as a Close can tell it.
void RecordProxy::Impl::Tunnel::lost(Side from, error_code ec) {
  if (std::exchange(over_, true)) return;
  WebSocket& other = from == Side::client ? agent_ : client_;
  const std::string who = from == Side::client ? fmt::format("connection {}: the client", id_)
                                               : fmt::format("connection {}: {}", id_, agent_name());
  websocket::close_reason why;
  std::uint16_t code = 1006;
  if (ec == websocket::error::closed) {
    why = (from == Side::client ? client_ : agent_).reason();
    code = why.code == websocket::close_code::none ? std::uint16_t{1005} : why.code;
  } else if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow) {
    why = {websocket::close_code::too_big, "a message is too long to be recorded"};
    log(fmt::format("{} sent a message of more than {} bytes", who, proxy_.options_.max_message));
  } else if (ec == websocket::condition::protocol_violation) {
    why = {websocket::close_code::protocol_error, "the other side broke the WebSocket protocol"};
    log(fmt::format("{} broke the WebSocket protocol: {}", who, ec.message()));
  }
  if (from == Side::client) {
    proxy_.recorder_.client_closed(id_);
  } else {
    const std::string_view reason{why.reason.data(), why.reason.size()};
    proxy_.recorder_.agent_closed(std::chrono::steady_clock::now(), id_, code, code == 1006 ? std::string_view{} : reason);
  }
  const bool without_a_word = code == 1006 && why.code == websocket::close_code::none;
  if (without_a_word) return cut();
  close(other, why);
}

// Beast tells of a Close when TCP is over too, and who does not hang up would keep the other side waiting for ever.
void RecordProxy::Impl::Tunnel::heed_close(Side from) {
  WebSocket& source = from == Side::client ? client_ : agent_;
  source.control_callback([this, from](websocket::frame_type kind, beast::string_view) {
    if (kind == websocket::frame_type::close) lost(from, websocket::error::closed);
  });
}

void RecordProxy::Impl::Tunnel::close(WebSocket& to, const websocket::close_reason& why) {
  expire_after(proxy_.options_.close_limit);
  if (!to.is_open()) return;
  const auto keep = [self = shared_from_this()](error_code) {};
  to.async_close(why, keep);
}

void RecordProxy::Impl::Tunnel::expire_after(std::chrono::milliseconds limit, void (Tunnel::*then)()) {
  deadline_.expires_after(limit);
  const auto expired = [weak = weak_from_this(), then](error_code ec) {
    const auto self = weak.lock();
    // One that was set anew may have expired before, and be on its way here.
    const bool due = self && self->deadline_.expiry() <= std::chrono::steady_clock::now();
    if (!ec && due) (self.get()->*then)();
  };
  deadline_.async_wait(expired);
}

void RecordProxy::Impl::Tunnel::no_deadline() {
  deadline_.expires_at(std::chrono::steady_clock::time_point::max());
}

void RecordProxy::Impl::Tunnel::cut() {
  error_code ignored;
  no_deadline();
  client_.next_layer().next_layer().close(ignored);
  cut_agent();
}

void RecordProxy::Impl::Tunnel::cut_agent() {
  error_code ignored;
  resolver_.cancel();
  agent_.next_layer().next_layer().close(ignored);
}

void RecordProxy::Impl::Tunnel::configure(WebSocket& ws) const {
  const auto never = websocket::stream_base::none();
  ws.set_option(websocket::stream_base::timeout{never, never, false});  // limits are ours: `expire_after`
  ws.read_message_max(proxy_.options_.max_message);
  ws.auto_fragment(false);
}

// ------------------------------------------------------------------------------------------------------------- all of them

std::string RecordProxy::Impl::prepare_tls() {
  error_code ec;
  tls_.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  tls_.set_verify_mode(ssl::verify_peer);
  if (options_.ca_file.empty()) {
    tls_.set_default_verify_paths(ec);
    return {};
  }
  ERR_clear_error();
  tls_.load_verify_file(options_.ca_file, ec);
  if (!ec) return {};
  return fmt::format("cannot use the CA file {}: {}; it has to be a readable PEM file of certificates",
                     protocol::printable(options_.ca_file), ec.message());
}

boost::system::result<Listening> RecordProxy::Impl::listen() {
  error_code ec;
  tcp::resolver resolver{io_};
  const auto found = resolver.resolve(options_.host, std::to_string(options_.port), tcp::resolver::passive, ec);
  if (ec) return ec;
  for (const auto& entry : found) {
    error_code ignored;
    acceptor_.close(ignored);
    acceptor_.open(entry.endpoint().protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address{true}, ec);
    if (!ec) acceptor_.bind(entry.endpoint(), ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) break;
  }
  if (ec) return ec;
  const auto at = acceptor_.local_endpoint(ec);
  if (ec) return ec;
  const auto address = at.address();
  asio::co_spawn(io_, accept(), asio::detached);
  await_signal();
  return Listening{address.is_v6() ? "[" + address.to_string() + "]" : address.to_string(), at.port()};
}

asio::awaitable<void> RecordProxy::Impl::accept() {
  asio::steady_timer pause{io_};
  while (!down_) {
    error_code ec;
    tcp::socket client = co_await acceptor_.async_accept(into(ec));
    if (down_) co_return;
    if (!ec) {
      const auto tunnel = std::make_shared<Tunnel>(*this, std::move(client));
      spawn(Tunnel::serve(tunnel), tunnel);
      continue;
    }
    // Out of files or memory: what is open goes on, and may make room.
    log_(fmt::format("cannot accept connections for now: {}", ec.message()));
    pause.expires_after(std::chrono::seconds{1});
    co_await pause.async_wait(into(ec));
  }
}

// A tunnel that throws costs itself and nobody else.
void RecordProxy::Impl::spawn(asio::awaitable<void> work, std::shared_ptr<Tunnel> of) {
  const auto ended = [this, of = std::move(of)](std::exception_ptr failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& bug) {
      log_(fmt::format("a bug in mock-agent: a connection failed: {}", protocol::printable(bug.what())));
    }
    of->cut();
  };
  asio::co_spawn(io_, std::move(work), ended);
}

// Once the last is gone nothing is to be waited for.
void RecordProxy::Impl::gone(Tunnel* tunnel) {
  tunnels_.erase(tunnel);
  if (down_ && tunnels_.empty()) signals_.cancel();
}

void RecordProxy::Impl::await_signal() {
  error_code ignored;
  signals_.add(SIGINT, ignored);
  signals_.add(SIGTERM, ignored);
  const auto on_signal = [this](error_code ec, int) {
    if (ec) return;
    if (down_) return io_.stop();  // the second one: what was recorded shall be written now
    await_signal();
    go_down();
  };
  signals_.async_wait(on_signal);
}

void RecordProxy::Impl::go_down() {
  if (std::exchange(down_, true)) return;
  error_code ignored;
  acceptor_.close(ignored);
  const std::set<Tunnel*> open = tunnels_;
  for (Tunnel* tunnel : open) tunnel->go_down();
  if (tunnels_.empty()) signals_.cancel();
}

void RecordProxy::Impl::say_when_full() {
  if (!recorder_.full() || std::exchange(told_full_, true)) return;
  log_("the memory for recording is full: messages are passed on, but NOT RECORDED from now on");
}

void RecordProxy::Impl::run() {
  io_.run();
}

RecordProxy::RecordProxy(record::Recorder& recorder, RecordProxyOptions options, Log log)
    : impl_{std::make_unique<Impl>(recorder, std::move(options), std::move(log))} {}
RecordProxy::~RecordProxy() = default;
std::string RecordProxy::prepare_tls() {
  return impl_->prepare_tls();
}
boost::system::result<Listening> RecordProxy::listen() {
  return impl_->listen();
}
void RecordProxy::run() {
  impl_->run();
}
void RecordProxy::stop() {
  impl_->stop();
}

}  // namespace procedura::mock::net
