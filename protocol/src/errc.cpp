#include <procedura/protocol/errc.hpp>

#include <array>
#include <string>

namespace procedura {
namespace {

struct Entry {
  errc code;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array entries{
    Entry{errc::ok, "", "success"},
    Entry{errc::agent_error, "", "the agent answered with an error"},
    Entry{errc::connect_timeout, "CONNECT_TIMEOUT", "no connection to the agent in time"},
    Entry{errc::connect_failed, "CONNECT_FAILED", "cannot connect to the agent"},
    Entry{errc::handshake_refused, "HANDSHAKE_REFUSED", "the peer did not upgrade to WebSocket as asked"},
    Entry{errc::tls_failed, "TLS_FAILED", "TLS could not be set up"},
    Entry{errc::ack_timeout, "ACK_TIMEOUT", "the agent did not take the request in time"},
    Entry{errc::final_timeout, "FINAL_TIMEOUT", "the agent fell silent before the request was finished"},
    Entry{errc::deadline, "DEADLINE", "the time allowed to the request is over"},
    Entry{errc::connection_lost, "CONNECTION_LOST", "the connection ended while the request was live"},
    Entry{errc::slow_consumer, "SLOW_CONSUMER", "events were not taken in time"},
    Entry{errc::send_queue_full, "SEND_QUEUE_FULL", "too much waits to be sent to the agent already"},
    Entry{errc::cancelled, "CANCELLED", "the request was given up"},
    Entry{errc::protocol_error, "PROTOCOL_ERROR", "the agent broke the protocol"},
    Entry{errc::message_too_big, "MESSAGE_TOO_BIG", "a message is over the agreed limit"},
    Entry{errc::invalid_request, "INVALID_REQUEST", "the request cannot be put on the wire"},
    Entry{errc::invalid_token, "INVALID_TOKEN", "the token has bytes that no header can carry"},
    Entry{errc::invalid_url, "INVALID_URL", "not a ws:// or wss:// URL"},
    Entry{errc::token_store, "TOKEN_STORE", "the token file cannot be used"},
    Entry{errc::wrong_origin, "WRONG_ORIGIN", "the saved token belongs to another origin"},
    Entry{errc::end_of_stream, "END_OF_STREAM", "the stream has ended"},
};

const Entry* find(errc code) noexcept {
  for (const Entry& entry : entries) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "procedura"; }
  std::string message(int value) const override { return std::string{describe(static_cast<errc>(value))}; }
};

}  // namespace

std::string_view code_name(errc code) noexcept {
  const Entry* entry = find(code);
  return entry != nullptr ? entry->name : std::string_view{};
}

std::optional<errc> errc_from_code_name(std::string_view name) noexcept {
  for (const Entry& entry : entries) {
    if (!name.empty() && entry.name == name) return entry.code;
  }
  return std::nullopt;
}

std::string_view describe(errc code) noexcept {
  const Entry* entry = find(code);
  return entry != nullptr ? entry->sentence : std::string_view{"unknown error"};
}

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace procedura
