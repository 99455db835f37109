#include "diag_replies.hpp"

#include "duration_text.hpp"
#include "report.hpp"

#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/limits.hpp>
#include <procedura/protocol/redaction.hpp>

#include <charconv>
#include <string_view>

namespace procedura::cli {
namespace {

constexpr std::size_t longest_word = 200;  // of an agent, in a line for people

// The raw value of a member; empty if there is none.
std::string_view member(std::string_view object, std::string_view name) {
  std::string_view found;
  for (protocol::ObjectScanner scan{object, protocol::Limits{}.max_depth + 1}; auto next = scan.next();)
    if (protocol::string_equals(next->key, name)) found = next->value;
  return found;
}

std::optional<std::string> text_of(std::string_view raw) {
  if (auto text = raw.starts_with('"') ? protocol::decode_string(raw) : std::nullopt)
    return protocol::excerpt(*text, longest_word);
  return std::nullopt;
}

std::optional<double> number_of(std::string_view raw) {
  double value = 0;
  const auto [stop, fault] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (raw.empty() || fault != std::errc{} || stop != raw.data() + raw.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::seconds> seconds_of(std::string_view raw) {
  constexpr double most = 1e11;  // three thousand years
  const auto value = number_of(raw);
  if (!value || !(*value >= 0) || *value > most) return std::nullopt;
  return std::chrono::seconds{static_cast<long long>(*value)};
}

// A number as the agent wrote it; `?` for anything else.
std::string shown_number(std::string_view raw) {
  return number_of(raw) ? protocol::excerpt(raw, 30) : "?";
}

bool unknown_to_agent(const Failure& failure) {
  return failure.code == errc::agent_error && failure.agent_code == "UNKNOWN_MODULE";
}

Check refused(std::string_view name, std::string_view module, const Failure& failure) {
  if (!unknown_to_agent(failure)) return failed_check(name, failure);
  return {name, Check::State::unknown, "the agent does not know " + std::string{module}};
}

Check not_as_documented(std::string_view name, const std::string& reply) {
  Check check{name, Check::State::warning, "the answer is not as documented: " + protocol::excerpt(reply, longest_word)};
  check.members.raw("reply", reply);
  return check;
}

}  // namespace

Check identity_check(const Result<std::string>& reply, bool token_sent) {
  constexpr std::string_view name = "who am I";
  if (!reply) return refused(name, "__diag_auth", reply.error());
  const std::string_view authenticated = member(*reply, "authenticated");
  if (authenticated != "true" && authenticated != "false") return not_as_documented(name, *reply);
  Check check{name};
  check.members.raw("reply", *reply);
  if (authenticated == "true") {
    check.summary = text_of(member(*reply, "user")).value_or("somebody");
    if (const auto device = text_of(member(*reply, "device"))) check.summary += ", device " + *device;
    if (const auto via = text_of(member(*reply, "via"))) check.summary += ", by " + *via;
    if (const auto left = seconds_of(member(*reply, "expires_in"))) check.summary += ", for another " + lasting(*left);
  } else if (token_sent) {
    check.state = Check::State::failed;
    check.summary = "nobody: the agent does not take this token (any more): run `procedura login`";
    check.exit = ExitCode::login;
  } else {
    check.state = Check::State::warning;
    check.summary = "nobody: run `procedura login` for modules that want a session";
  }
  return check;
}

Check ping_check(const RoundTrips& trips, const std::optional<Failure>& trouble) {
  constexpr std::string_view name = "ping";
  Check check = trips.answered_count() == 0 && trouble ? failed_check(name, *trouble) : Check{name};
  check.members.join(trips.members());
  if (trips.answered_count() == 0) return check;
  check.summary = std::to_string(trips.answered_count()) + " of " + std::to_string(trips.sent_count()) +
                  " answered, min/avg/max/mdev " + trips.min_avg_max_mdev() + " ms";
  if (trips.answered_count() < trips.sent_count()) {
    check.state = Check::State::warning;
    check.summary += "; the connection is bad or the agent is busy: watch it with `procedura ws ping`";
  }
  return check;
}

Check keepalive_check(const Result<std::string>& reply, protocol::Duration round_trip,
                      std::chrono::system_clock::time_point now) {
  constexpr std::string_view name = "__keepalive";
  if (!reply) return refused(name, name, reply.error());
  if (member(*reply, "ok") != "true") return not_as_documented(name, *reply);
  Check check{name, Check::State::ok, "answered in " + milliseconds(round_trip) + " ms"};
  check.members.raw("ms", exact_milliseconds(round_trip)).raw("reply", *reply);
  if (const auto agent_ms = number_of(member(*reply, "server_time_ms"))) {
    using std::chrono::duration;
    const double ours = duration<double>(now.time_since_epoch()).count() - duration<double>(round_trip).count() / 2;
    const double ahead = *agent_ms / 1000 - ours;
    if (ahead > -1e9 && ahead < 1e9) {
      const auto apart = static_cast<long long>(ahead < 0 ? -ahead : ahead);
      check.members.raw("clock_ahead_ms", exact_milliseconds(std::chrono::nanoseconds{static_cast<long long>(ahead * 1e9)}));
      check.summary += apart < 1 ? ", its clock agrees with ours"
                                 : ", its clock is " + lasting(std::chrono::seconds{apart}) +
                                       (ahead < 0 ? " behind" : " ahead of") + " ours";
    }
  }
  return check;
}

Check metrics_check(const Result<std::string>& reply) {
  constexpr std::string_view name = "metrics";
  if (!reply) return refused(name, "__diag_ws_metrics", reply.error());
  const auto uptime = seconds_of(member(*reply, "uptime_s"));
  if (!uptime) return not_as_documented(name, *reply);
  const auto pair = [&](std::string_view group, std::string_view one, std::string_view other) {
    const std::string_view object = member(*reply, group);
    return std::string{group} + " " + shown_number(member(object, one)) + " " + std::string{one} + ", " +
           shown_number(member(object, other)) + " " + std::string{other};
  };
  Check check{name, Check::State::ok, "up for " + lasting(*uptime)};
  check.details = {
      pair("connections", "open", "total"), pair("frames", "in", "out"), pair("bytes", "in", "out"),
      pair("jobs", "live", "finished") + ", " + shown_number(member(member(*reply, "jobs"), "failed")) + " failed"};
  std::string errors;
  for (protocol::ObjectScanner scan{member(*reply, "errors"), protocol::Limits{}.max_depth + 1}; auto next = scan.next();) {
    if (errors.size() > longest_word) {
      errors += ", ...";
      break;
    }
    errors += (errors.empty() ? "errors " : ", ") + text_of(next->key).value_or("?") + " " + shown_number(next->value);
  }
  if (!errors.empty()) check.details.push_back(errors);
  check.members.raw("reply", *reply);
  return check;
}

}  // namespace procedura::cli
