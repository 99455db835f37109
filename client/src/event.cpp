#include <procedura/event.hpp>
#include <procedura/protocol/json_text.hpp>

#include <nlohmann/json.hpp>

namespace procedura {

std::string Event::phase() const {
  if (reply_.status != protocol::Status::unknown) return std::string{to_string(reply_.status)};
  return protocol::decode_string(reply_.status_span.in(reply_.text)).value_or("unknown");
}

std::string_view Event::result() const noexcept {
  if (reply_.result_span.present() || reply_.status != protocol::Status::finished) return reply_.result();
  return "null";
}

nlohmann::ordered_json Event::json() const {
  return nlohmann::ordered_json::parse(reply_.text);
}

nlohmann::ordered_json RunResult::json() const {
  return nlohmann::ordered_json::parse(text());
}

}  // namespace procedura
