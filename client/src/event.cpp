#include <procedura/error.hpp>
#include <procedura/event.hpp>
#include <procedura/protocol/json_text.hpp>

#include <nlohmann/json.hpp>

namespace procedura {

namespace {

// The text was checked when it came; what the library still refuses is a number beyond every double.
nlohmann::ordered_json parsed(std::string_view text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!json.is_discarded()) return json;
  throw Error{Failure::of(errc::protocol_error, "a number in the agent's JSON is beyond every double; its text has it")};
}

}  // namespace

std::string Event::phase() const {
  if (reply_.status != protocol::Status::unknown) return std::string{to_string(reply_.status)};
  return protocol::decode_string(reply_.status_span.in(reply_.text)).value_or("unknown");
}

std::string_view Event::result() const noexcept {
  if (reply_.result_span.present() || reply_.status != protocol::Status::finished) return reply_.result();
  return "null";
}

nlohmann::ordered_json Event::json() const {
  return parsed(reply_.text);
}

nlohmann::ordered_json RunResult::json() const {
  return parsed(text());
}

}  // namespace procedura
