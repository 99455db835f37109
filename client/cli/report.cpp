#include "report.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::cli {

// What a person reads of a message; an agent may send megabytes, and stdout has them whole.
constexpr std::size_t shown_at_most = 2000;

FailureKind kind_of(const Failure& failure) noexcept {
  return {failure.code, failure.agent_code, failure.http_status, failure.close_code};
}

std::string error_object(const Failure& failure) {
  if (!failure.frame.empty()) return failure.frame;
  std::string text = R"({"status":"error","code":)";
  protocol::append_string(text, failure.agent_code.empty() ? code_name(failure.code) : failure.agent_code);
  text += R"(,"message":)";
  protocol::append_string(text, failure.message);
  return text + "}";
}

std::string error_line(const Failure& failure, FailureKind during) {
  std::string line = protocol::excerpt(describe(failure), shown_at_most);
  if (failure.job_id && failure.code != errc::agent_error) {
    const std::string job = protocol::printable(*failure.job_id);
    if (line.find(job) == std::string::npos) line += "; job " + job + " may still run";
  }
  FailureKind kind = kind_of(failure);
  kind.logging_in = during.logging_in;
  kind.checking = during.checking;
  kind.proxied = during.proxied;
  if (const auto what_to_do = advice(kind); !what_to_do.empty())
    line.append(line.ends_with('?') ? " " : "; ").append(what_to_do);
  return line;
}

std::optional<std::chrono::nanoseconds> retry_delay(const Failure& failure, std::chrono::nanoseconds waited,
                                                    std::chrono::nanoseconds allowed) noexcept {
  using namespace std::chrono_literals;
  // A proxy in front of an agent that is not up yet answers with one of these, or takes the connection and hangs up (as port
  // forwarding into a container does). Nothing but the upgrade was sent.
  const unsigned status = failure.http_status;
  const bool behind_proxy = failure.code == errc::handshake_refused && (status == 0 || (status >= 502 && status <= 504));
  if (failure.code != errc::connect_failed && failure.code != errc::connect_timeout && !behind_proxy) return std::nullopt;
  if (waited >= allowed) return std::nullopt;
  // Quick at first, for an agent that is just starting; twice a second when it takes longer.
  const std::chrono::nanoseconds delay = waited < 1s ? 50ms : 500ms;
  return std::min(delay, allowed - waited);
}

}  // namespace procedura::cli
