// The least that answers the request with an ack and a result, in C++: on Beast, or on bare TCP (the floor), a message a line.
//
//     procedura-peer-server --wire ws|tcp --port 0 --result JSON
//
// It takes the id from the text and looks at nothing else. One thread. It ends when it is killed.
#include "command_line.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace procedura::bench::peers {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

/// What stands between the quotes behind `"id":`; empty if nothing does.
std::string_view id_of(std::string_view request) {
  constexpr std::string_view before = R"("id":")";
  const std::size_t begin = request.find(before);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = request.substr(begin + before.size());
  return rest.substr(0, rest.find('"'));
}

void append_ack(std::string& out, std::string_view id) {
  out.append(R"({"id":")").append(id).append(R"(","status":"ack"})");
}

void append_finished(std::string& out, std::string_view id, std::string_view result) {
  out.append(R"({"id":")").append(id).append(R"(","status":"finished","result":)").append(result).append("}");
}

asio::awaitable<void> serve_websocket(tcp::socket socket, const std::string& result) {
  websocket::stream<tcp::socket> peer{std::move(socket)};
  co_await peer.async_accept(use_awaitable);
  boost::beast::flat_buffer request;
  std::string reply;
  for (;;) {
    co_await peer.async_read(request, use_awaitable);
    const auto bytes = request.cdata();
    const std::string id{id_of({static_cast<const char*>(bytes.data()), bytes.size()})};
    request.consume(bytes.size());
    reply.clear();
    append_ack(reply, id);
    co_await peer.async_write(asio::buffer(reply), use_awaitable);
    reply.clear();
    append_finished(reply, id, result);
    co_await peer.async_write(asio::buffer(reply), use_awaitable);
  }
}

/// All that came with one read is answered with one write.
class LineSession : public std::enable_shared_from_this<LineSession> {
 public:
  LineSession(tcp::socket peer, const std::string& result) : peer_{std::move(peer)}, result_{result} {}

  void read() {
    peer_.async_read_some(asio::buffer(piece_), [self = shared_from_this()](error_code ec, std::size_t size) {
      if (!ec) self->answer({self->piece_.data(), size});
    });
  }

 private:
  void answer(std::string_view piece) {
    unread_ += piece;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string_view id = id_of(std::string_view{unread_}.substr(begin, end - begin));
      append_ack(replies_, id);
      replies_ += '\n';
      append_finished(replies_, id, result_);
      replies_ += '\n';
    }
    unread_.erase(0, begin);
    asio::async_write(peer_, asio::buffer(replies_), [self = shared_from_this()](error_code ec, std::size_t /*size*/) {
      self->replies_.clear();
      if (!ec) self->read();
    });
  }

  tcp::socket peer_;
  const std::string& result_;
  std::array<char, 65'536> piece_;
  std::string unread_;
  std::string replies_;
};

asio::awaitable<void> accept(tcp::acceptor& acceptor, bool lines, const std::string& result) {
  for (;;) {
    tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
    peer.set_option(tcp::no_delay{true});
    if (lines) {
      std::make_shared<LineSession>(std::move(peer), result)->read();
    } else {  // who leaves ends the session with an exception, which `detached` forgets
      asio::co_spawn(acceptor.get_executor(), serve_websocket(std::move(peer), result), asio::detached);
    }
  }
}

int run(const CommandLine& options) {
  const std::string result = options.text("result");
  const std::string wire = options.text("wire");
  asio::io_context context{1};
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(options.number("port"))}};
  std::cout << R"({"listening":")" << wire << "://127.0.0.1:" << acceptor.local_endpoint().port() << "\"}" << std::endl;
  asio::co_spawn(context, accept(acceptor, wire == "tcp", result), asio::detached);
  context.run();
  return 1;  // the acceptor has failed
}

}  // namespace
}  // namespace procedura::bench::peers

int main(int argc, char** argv) {
  return procedura::bench::peers::run({argc, argv});
}
