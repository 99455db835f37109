#include <procedura/conformance/judge.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using protocol::Status;

// Nothing is cut here: half a secret would no longer be known as one. Reports redact first and cut then.
std::string in_quotes(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

std::string in_words(const protocol::Reply& reply) {
  std::string out{to_string(reply.status)};
  if (reply.status == Status::error) {
    if (const auto code = reply.code(); !code.empty()) {
      out += " " + code;
    }
    if (const auto message = reply.message(); !message.empty()) {
      out += " (" + in_quotes(message) + ")";
    }
  }
  return out;
}

void add_step(std::string& out, const std::string& step) {
  out += (out.empty() ? "" : ", ") + step;
}

/// The strings of a JSON value in document order. Depth is bounded: replies nest no deeper than 256 (CON-9).
void collect_strings(const nlohmann::ordered_json& value, std::vector<std::string>& out) {
  if (value.is_string()) {
    out.push_back(value.get<std::string>());
  }
  if (value.is_structured()) {
    for (const auto& member : value) {
      collect_strings(member, out);
    }
  }
}

bool some_array_has(const json& value, const std::string& first, const std::string& second) {
  if (value.is_array()) {
    const auto follows = [&](const json& a, const json& b) { return a == first && b == second; };
    if (std::adjacent_find(value.begin(), value.end(), follows) != value.end()) {
      return true;
    }
  }
  return value.is_structured() &&
         std::any_of(value.begin(), value.end(), [&](const json& member) { return some_array_has(member, first, second); });
}

Finding not_over(const Exchange& exchange) {
  return Finding::untestable("the request did not end: " + story(exchange));
}

/// It did not end as it should: the agent's doing, unless our own time was over first.
Finding otherwise(const Exchange& exchange) {
  return !exchange.over() && exchange.cut_short ? not_over(exchange) : Finding::broken(story(exchange));
}

/// The error frame that ended it, or why there is none.
const protocol::Reply* ending_error(const Exchange& exchange) {
  return exchange.over() && exchange.frames.back().reply.status == Status::error ? &exchange.frames.back().reply : nullptr;
}

}  // namespace

std::string story(const Exchange& exchange) {
  std::string out;
  for (std::size_t i = 0; i < exchange.frames.size();) {
    const Status status = exchange.frames[i].reply.status;
    std::size_t run = 1;
    while (i + run < exchange.frames.size() && exchange.frames[i + run].reply.status == status) {
      ++run;
    }
    const std::string step = in_words(exchange.frames[i].reply);
    add_step(out, run == 1 ? step : std::to_string(run) + " x " + step);
    i += run;
  }
  for (const auto& fault : exchange.faults) {
    add_step(out, fault);
  }
  if (exchange.strange != 0) {
    add_step(out, std::to_string(exchange.strange) + " of an unknown status");
  }
  if (!exchange.over()) {
    const std::string rest = exchange.gave_up.empty() ? "nothing so far" : exchange.gave_up;
    add_step(out, out.empty() ? rest : "then " + rest);
  }
  return out;
}

Finding first_is(const Exchange& exchange, Status expected) {
  const Frame* first = exchange.first();
  if (first != nullptr && first->reply.status == Status::error) {
    return Finding::untestable("the module failed at once: " + story(exchange));
  }
  return first != nullptr && first->reply.status == expected ? Finding::kept()
         : first == nullptr                                  ? otherwise(exchange)
                                                             : Finding::broken(story(exchange));
}

Finding ends_with(const Exchange& exchange, Status expected) {
  const Frame* terminal = exchange.terminal();
  return terminal != nullptr && terminal->reply.status == expected ? Finding::kept() : otherwise(exchange);
}

Finding in_order(const Exchange& exchange) {
  const Status start = exchange.mode == protocol::Mode::sync ? Status::ack : Status::started;
  const Status wrong = exchange.mode == protocol::Mode::sync ? Status::started : Status::ack;
  for (std::size_t i = 0; i < exchange.frames.size(); ++i) {
    const Status status = exchange.frames[i].reply.status;
    if (status == wrong || (status == start && i > 0) || (status == Status::running && i == 0)) {
      return Finding::broken(story(exchange));
    }
  }
  return exchange.over() ? Finding::kept() : not_over(exchange);
}

Finding silent_after(const Exchange& exchange, bool fenced) {
  if (!exchange.over()) {
    return not_over(exchange);
  }
  if (!exchange.late.empty()) {
    std::string came = "after " + in_words(exchange.frames.back().reply) + " came ";
    for (std::size_t i = 0; i < std::min<std::size_t>(exchange.late.size(), 3); ++i) {
      came += (i == 0 ? "" : ", ") + in_words(exchange.late[i].reply);
    }
    return Finding::broken(came + (exchange.late.size() > 3 ? ", and more" : ""));
  }
  return fenced ? Finding::kept() : Finding::untestable("a later request on the same connection was not answered");
}

Finding has_job_id(const Exchange& exchange) {
  const auto started = std::find_if(exchange.frames.begin(), exchange.frames.end(),
                                    [](const Frame& frame) { return frame.reply.status == Status::started; });
  if (started == exchange.frames.end()) {
    return exchange.faults.empty() ? Finding::untestable("no started came: " + story(exchange))
                                   : Finding::broken(story(exchange));
  }
  const auto& job_id = started->reply.job_id;
  return job_id && !job_id->empty() ? Finding::kept()
                                    : Finding::broken(job_id ? "an empty job_id" : "started without a job_id");
}

Finding has_reason(const Exchange& exchange) {
  const protocol::Reply* error = ending_error(exchange);
  if (error == nullptr) {
    return Finding::untestable("no error came: " + story(exchange));
  }
  return error->message().empty() ? Finding::broken("an error without a message, or with one that is no string")
                                  : Finding::kept();
}

Finding has_code(const Exchange& exchange, std::string_view code) {
  const protocol::Reply* error = ending_error(exchange);
  return error != nullptr && error->code() == code ? Finding::kept() : otherwise(exchange);
}

Finding result_as_promised(const Exchange& exchange, const Module& module) {
  const Frame* terminal = exchange.terminal();
  if (terminal == nullptr || terminal->reply.status != Status::finished) {
    return Finding::untestable("it did not finish: " + story(exchange));
  }
  if (!terminal->reply.result_span.present()) {
    return Finding::broken("finished without a result");
  }
  const json result = json::parse(terminal->reply.result(), nullptr, false);
  // A number that no double holds is valid JSON all the same.
  const std::string type = result.is_discarded() ? "number" : result.type_name();
  if (!module.result_type.empty() && type != module.result_type) {
    return Finding::broken("a result that is of type " + type + " where the profile promises " + module.result_type);
  }
  for (const auto& member : module.result_members) {
    if (!result.is_object() || !result.contains(member)) {
      return Finding::broken("a result without the member " + in_quotes(member) + " that the profile promises");
    }
  }
  return Finding::kept();
}

Finding result_holds(const Exchange& exchange, std::span<const std::string> words) {
  const Frame* terminal = exchange.terminal();
  if (terminal == nullptr || terminal->reply.status != Status::finished) {
    return otherwise(exchange);
  }
  std::vector<std::string> found;
  collect_strings(nlohmann::ordered_json::parse(terminal->reply.result(), nullptr, false), found);
  auto from = found.begin();
  for (const auto& word : words) {
    const auto at = std::find(from, found.end(), word);
    if (at == found.end()) {
      return Finding::broken("a result without " + in_quotes(word) +
                             " in its place: " + protocol::redact_frame(terminal->reply.text));
    }
    from = at + 1;
  }
  return Finding::kept();
}

Finding without_own_name(const Exchange& exchange, const std::string& cmd, const std::string& word) {
  const Frame* terminal = exchange.terminal();
  if (terminal == nullptr || terminal->reply.status != Status::finished) {
    return otherwise(exchange);
  }
  return some_array_has(json::parse(terminal->reply.result(), nullptr, false), cmd, word)
             ? Finding::broken("the module got its own name as an argument")
             : Finding::kept();
}

Finding all_accounted_for(const Correlation& correlation) {
  for (const Exchange& exchange : correlation.exchanges()) {
    if (!exchange.faults.empty()) {
      return Finding::broken(exchange.faults.front());
    }
  }
  if (!correlation.unreadable().empty()) {
    return Finding::broken("a message that is no frame: " + correlation.unreadable().front());
  }
  // What has neither id is an event of the agent's own, which is allowed, and what has an unknown status may be anything; a
  // frame with a foreign id is somebody else's.
  for (const Frame& frame : correlation.untargeted()) {
    if (frame.reply.status != Status::unknown && (frame.reply.id || frame.reply.job_id)) {
      return Finding::broken("a frame for a request that was never made: " + protocol::redact_frame(frame.reply.text));
    }
  }
  // Who says nothing sends nothing foreign either, which is no merit.
  const auto& exchanges = correlation.exchanges();
  if (correlation.untargeted().empty() &&
      std::all_of(exchanges.begin(), exchanges.end(), [](const Exchange& exchange) { return exchange.frames.empty(); })) {
    return Finding::untestable("no frame came");
  }
  return Finding::kept();
}

Finding refused(const Exchange& exchange) {
  return ending_error(exchange) != nullptr ? Finding::kept() : otherwise(exchange);
}

std::optional<std::string> session_token(const Exchange& login) {
  const Frame* terminal = login.terminal();
  if (terminal == nullptr || terminal->reply.status != Status::finished) {
    return std::nullopt;
  }
  const json result = json::parse(terminal->reply.result(), nullptr, false);
  const auto token = result.is_object() ? result.find("session_token") : result.end();
  if (!result.is_object() || token == result.end() || !token->is_string() || token->get_ref<const std::string&>().empty()) {
    return std::nullopt;
  }
  return token->get<std::string>();
}

std::optional<std::string> issued_token(std::string_view frame) {
  for (protocol::ObjectScanner scan{frame, 256}; const auto member = scan.next();) {
    if (!protocol::string_equals(member->key, "result")) {
      continue;
    }
    for (protocol::ObjectScanner result{member->value, 256}; const auto inner = result.next();) {
      if (protocol::string_equals(inner->key, "session_token") && inner->value.front() == '"') {
        return protocol::decode_string(inner->value);
      }
    }
  }
  return std::nullopt;
}

}  // namespace procedura::conformance
