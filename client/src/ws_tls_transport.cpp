#include "tls_stream.hpp"
#include "ws_connection.hpp"

namespace procedura::detail {

std::shared_ptr<TransportImpl> make_tls_transport(const boost::asio::any_io_executor& executor, TransportOptions options,
                                                  TransportHandler& handler) {
  return std::make_shared<WsConnection<TlsStream>>(executor, std::move(options), handler);
}

}  // namespace procedura::detail
