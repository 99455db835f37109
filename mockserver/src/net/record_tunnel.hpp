#pragma once

#include "net/record_proxy.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <utility>

namespace procedura::mock::net {

class RecordTunnel;

/// The proxy, as its tunnels see it. Outlives them.
class RecordTunnelHome {
 public:
  RecordTunnelHome(record::Recorder& to, RecordProxyOptions how, RecordProxy::Log say)
      : recorder{to}, options{std::move(how)}, log{std::move(say)} {}
  RecordTunnelHome(const RecordTunnelHome&) = delete;
  RecordTunnelHome& operator=(const RecordTunnelHome&) = delete;

  /// Runs it beside all else. What it throws costs `of` its connections, and nobody else.
  virtual void spawn(boost::asio::awaitable<void> work, std::shared_ptr<RecordTunnel> of) = 0;
  /// The recorder was given a message.
  virtual void recorded() = 0;
  virtual void gone(RecordTunnel* tunnel) = 0;

  record::Recorder& recorder;
  const RecordProxyOptions options;
  const RecordProxy::Log log;
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_client};  ///< for the way to the agent

 protected:
  ~RecordTunnelHome() = default;
};

/// A client's connection and the one to the agent that is made for it. Kept alive by its coroutines.
class RecordTunnel {
 public:
  static std::shared_ptr<RecordTunnel> make(RecordTunnelHome& home, boost::asio::ip::tcp::socket client);
  virtual ~RecordTunnel() = default;
  RecordTunnel(const RecordTunnel&) = delete;
  RecordTunnel& operator=(const RecordTunnel&) = delete;

  /// From the client's upgrade to the end of both connections.
  virtual boost::asio::awaitable<void> serve() = 0;
  /// Closes both sides with 1001.
  virtual void go_down() = 0;
  /// Ends both TCP connections, whatever state they are in.
  virtual void cut() = 0;

 protected:
  RecordTunnel() = default;
};

}  // namespace procedura::mock::net
