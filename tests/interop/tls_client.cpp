// Connects to URL three times with one TLS context that trusts CA, and prints what each TLS handshake came to:
//   interop_tls_client URL CA
#include <procedura/transport.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

namespace {

struct Visit : procedura::TransportHandler {
  void on_open(procedura::HandshakeInfo info) override { reached = std::move(info); }
  void on_text(std::string) override {}
  void on_binary(std::string) override {}
  void on_end(procedura::TransportEnd end) override {
    detail = end.detail;
    if (!reached) reached = std::move(end.reached);
  }
  std::optional<procedura::HandshakeInfo> reached;
  std::string detail;
};

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  procedura::TlsOptions tls;
  tls.ca = words[2];
  procedura::TransportOptions options;
  options.endpoint = procedura::Endpoint::parse(words[1]).value();
  options.tls = procedura::TlsContext::make(tls).value();
  for (int visits = 0; visits < 3; ++visits) {
    boost::asio::io_context context{1};
    Visit visit;
    procedura::Transport transport{context.get_executor()};
    transport.open(options, visit);
    context.run_for(std::chrono::seconds{30});
    if (!visit.reached || !visit.reached->tls || !visit.reached->tls->verified) {
      std::cerr << visit.detail << '\n';
      return 1;
    }
    const procedura::TlsInfo& info = *visit.reached->tls;
    std::cout << info.version << (info.resumed ? " resumed" : " new") << ", chain of " << info.chain.size() << '\n';
  }
}
