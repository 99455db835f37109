#include "exchange.hpp"

#include <procedura/protocol/redaction.hpp>

#include <charconv>
#include <chrono>

namespace procedura::protocol {
namespace {

/// Seconds as people write them: "10 s", "0.25 s".
std::string seconds(Duration duration) {
  const double value = std::chrono::duration<double>(duration).count();
  char text[32];
  const auto end = std::to_chars(std::begin(text), std::end(text), value, std::chars_format::general, 6).ptr;
  return std::string(std::begin(text), end) + " s";
}

void take_earlier(std::optional<Due>& due, TimePoint from, const std::optional<Duration>& wait, errc code) {
  if (!wait) return;
  // A wait so long that it leaves the clock's range is no wait at all.
  if (*wait > TimePoint::max() - from) return;
  const TimePoint at = from + *wait;
  if (!due || at < due->at) due = Due{at, code};
}

}  // namespace

std::optional<Due> next_due(const Exchange& exchange) {
  std::optional<Due> due;
  if (exchange.sent) {
    const bool waits_for_first = !exchange.heard && exchange.deadlines.ack;
    if (waits_for_first) {
      take_earlier(due, exchange.last, exchange.deadlines.ack, errc::ack_timeout);
    } else {
      take_earlier(due, exchange.last, exchange.deadlines.silence, errc::final_timeout);
    }
  }
  take_earlier(due, exchange.submitted, exchange.deadlines.total, errc::deadline);
  return due;
}

Outcome local_failure(const Exchange& exchange, errc code, std::string_view message, std::uint16_t close_code) {
  std::string text;
  const std::string members = close_code == 0 ? std::string{} : "\"close_code\":" + std::to_string(close_code);
  const Address to{exchange.id, exchange.job_id ? std::string_view{*exchange.job_id} : std::string_view{}};
  append_error(text, to, Target{}, code_name(code), message, members);
  return {code, decode_reply(std::move(text)).reply, exchange.job_id, close_code};
}

std::string expiry_message(const Exchange& exchange, errc code, std::string_view hint) {
  std::string message;
  switch (code) {
    case errc::ack_timeout:
      message = "no answer to `" + exchange.cmd + "` within " + seconds(*exchange.deadlines.ack);
      if (!hint.empty()) {
        message += "; the agent's last error that names no request: ";
        message += hint;
      }
      break;
    case errc::final_timeout:
      message = "nothing more came for `" + exchange.cmd + "` within " + seconds(*exchange.deadlines.silence);
      break;
    default:
      message = "`" + exchange.cmd + "` took longer than the " + seconds(*exchange.deadlines.total) + " allowed to it";
  }
  if (exchange.job_id) message += "; job " + *exchange.job_id + " may still run";
  return printable(message);
}

}  // namespace procedura::protocol
