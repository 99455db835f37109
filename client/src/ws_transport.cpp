#include "ws_connection.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace procedura::detail {

std::shared_ptr<TransportImpl> make_plain_transport(const boost::asio::any_io_executor& executor, TransportOptions options,
                                                    TransportHandler& handler) {
  return std::make_shared<WsConnection<boost::asio::ip::tcp::socket>>(executor, std::move(options), handler);
}

}  // namespace procedura::detail
