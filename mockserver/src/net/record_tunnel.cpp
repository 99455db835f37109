// A tunnel's two WebSocket connections. What it knows of the protocol is how to carry it.
#include "net/record_tunnel.hpp"

#include "net/record_wire.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/token.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
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

class Tunnel final : public RecordTunnel, public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(RecordTunnelHome& home, tcp::socket client)
      : home_{home},
        client_{std::move(client)},
        agent_{tcp::socket{client_.get_executor()}},
        resolver_{client_.get_executor()},
        deadline_{client_.get_executor()} {}
  ~Tunnel() override { home_.gone(this); }
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  asio::awaitable<void> serve() override { return keep(shared_from_this()); }

  void go_down() override {
    if (id_ == 0 || over_) return cut();
    over_ = true;
    home_.recorder.client_closed(id_);
    close(client_, {websocket::close_code::going_away, "the recorder is going down"});
    close(agent_, websocket::close_code::going_away);
  }
  void cut() override;

 private:
  enum class Side : std::uint8_t { client, agent };

  static asio::awaitable<void> keep(std::shared_ptr<Tunnel> self) { co_await self->open(); }
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
  void log(std::string_view line) const { home_.log(protocol::printable(line)); }
  std::string agent_name() const { return "the agent at " + home_.options.upstream.authority(); }

  RecordTunnelHome& home_;
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
asio::awaitable<void> Tunnel::open() {
  error_code ec;
  client_.next_layer().next_layer().set_option(tcp::no_delay{true}, ec);
  expire_after(home_.options.open_limit);
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

  expire_after(home_.options.open_limit, &Tunnel::cut_agent);  // then the client is told
  std::string problem = co_await reach_agent();
  if (problem.empty()) problem = co_await greet_agent();
  if (declined_) {
    home_.recorder.refused(handshake_of(brought_, {}));
    log(fmt::format("{} refused an upgrade with HTTP {}", agent_name(), answer_.result_int()));
    co_await answer(std::move(answer_));
    co_return;
  }
  if (!problem.empty()) {
    log(problem);
    co_await refuse(http::status::bad_gateway, problem + "\n");
    co_return;
  }

  expire_after(home_.options.close_limit);
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
  id_ = home_.recorder.opened(handshake_of(brought_, selected));
  home_.spawn(pump(shared_from_this(), Side::agent), shared_from_this());
  co_await pump(shared_from_this(), Side::client);
}

// Empty: there is a connection, with TLS if it has to be. Else why there is none.
asio::awaitable<std::string> Tunnel::reach_agent() {
  const auto& upstream = home_.options.upstream;
  error_code ec;
  const auto found = co_await resolver_.async_resolve(upstream.host, std::to_string(upstream.port), into(ec));
  if (ec) co_return fmt::format("{} cannot be found: {}", agent_name(), ec.message());
  auto& socket = agent_.next_layer().next_layer();
  co_await asio::async_connect(socket, found, into(ec));
  if (ec == asio::error::operation_aborted) co_return agent_name() + " did not answer in time";
  if (ec) co_return fmt::format("{} cannot be reached: {}; is it running?", agent_name(), ec.message());
  socket.set_option(tcp::no_delay{true}, ec);
  if (!upstream.secure) co_return std::string{};

  auto& tls = agent_.next_layer().start_tls(home_.tls);
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
asio::awaitable<std::string> Tunnel::greet_agent() {
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
  const auto& upstream = home_.options.upstream;
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

asio::awaitable<void> Tunnel::refuse(http::status status, std::string text) {
  http::response<http::string_body> response{status, 11};
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (status == http::status::upgrade_required) response.set(http::field::upgrade, "websocket");
  response.body() = std::move(text);
  return answer(std::move(response));
}

// What the agent's answer says of its own connection is not for the client's.
asio::awaitable<void> Tunnel::answer(http::response<http::string_body> response) {
  error_code ec;
  response.version(11);
  response.erase(http::field::transfer_encoding);
  response.erase(http::field::keep_alive);
  response.set(http::field::connection, response.result() == http::status::upgrade_required ? "upgrade, close" : "close");
  response.prepare_payload();
  expire_after(home_.options.close_limit);
  co_await http::async_write(client_.next_layer(), response, into(ec));
  // To close a socket with unread bytes in it resets the connection, and the answer may be lost with it.
  auto& socket = client_.next_layer().next_layer();
  socket.shutdown(tcp::socket::shutdown_send, ec);
  std::array<char, 1024> ignored{};
  while (!ec) co_await socket.async_read_some(asio::buffer(ignored), into(ec));
  cut();
}

asio::awaitable<void> Tunnel::pump(std::shared_ptr<Tunnel> self, Side from) {
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

void Tunnel::take(Side from, bool is_text, std::string_view message) {
  if (over_) return;
  auto& recorder = home_.recorder;
  const auto now = std::chrono::steady_clock::now();
  if (from == Side::client) {
    is_text ? recorder.client_text(now, id_, message) : recorder.client_binary(id_, message);
  } else {
    is_text ? recorder.agent_text(now, id_, message) : recorder.agent_binary(now, id_, message);
  }
  home_.recorded();
}

// One side is gone, or is being closed by Beast for what it did: the other is told as far as a Close can tell it.
void Tunnel::lost(Side from, error_code ec) {
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
    log(fmt::format("{} sent a message of more than {} bytes", who, home_.options.max_message));
  } else if (ec == websocket::condition::protocol_violation) {
    why = {websocket::close_code::protocol_error, "the other side broke the WebSocket protocol"};
    log(fmt::format("{} broke the WebSocket protocol: {}", who, ec.message()));
  }
  if (from == Side::client) {
    home_.recorder.client_closed(id_);
  } else {
    const std::string_view reason{why.reason.data(), why.reason.size()};
    home_.recorder.agent_closed(std::chrono::steady_clock::now(), id_, code, code == 1006 ? std::string_view{} : reason);
  }
  const bool without_a_word = code == 1006 && why.code == websocket::close_code::none;
  if (without_a_word) return cut();
  close(other, why);
}

// Beast tells of a Close when TCP is over too, and who does not hang up would keep the other side waiting for ever.
void Tunnel::heed_close(Side from) {
  WebSocket& source = from == Side::client ? client_ : agent_;
  source.control_callback([this, from](websocket::frame_type kind, beast::string_view) {
    if (kind == websocket::frame_type::close) lost(from, websocket::error::closed);
  });
}

void Tunnel::close(WebSocket& to, const websocket::close_reason& why) {
  expire_after(home_.options.close_limit);
  if (!to.is_open()) return;
  const auto keep = [self = shared_from_this()](error_code) {};
  to.async_close(why, keep);
}

void Tunnel::expire_after(std::chrono::milliseconds limit, void (Tunnel::*then)()) {
  deadline_.expires_after(limit);
  const auto expired = [weak = weak_from_this(), then](error_code ec) {
    const auto self = weak.lock();
    // One that was set anew may have expired before, and be on its way here.
    const bool due = self && self->deadline_.expiry() <= std::chrono::steady_clock::now();
    if (!ec && due) (self.get()->*then)();
  };
  deadline_.async_wait(expired);
}

void Tunnel::no_deadline() {
  deadline_.expires_at(std::chrono::steady_clock::time_point::max());
}

void Tunnel::cut() {
  error_code ignored;
  no_deadline();
  client_.next_layer().next_layer().close(ignored);
  cut_agent();
}

void Tunnel::cut_agent() {
  error_code ignored;
  resolver_.cancel();
  agent_.next_layer().next_layer().close(ignored);
}

void Tunnel::configure(WebSocket& ws) const {
  const auto never = websocket::stream_base::none();
  ws.set_option(websocket::stream_base::timeout{never, never, false});  // limits are ours: `expire_after`
  ws.read_message_max(home_.options.max_message);
  ws.auto_fragment(false);
}

}  // namespace

std::shared_ptr<RecordTunnel> RecordTunnel::make(RecordTunnelHome& home, tcp::socket client) {
  return std::make_shared<Tunnel>(home, std::move(client));
}

}  // namespace procedura::mock::net
