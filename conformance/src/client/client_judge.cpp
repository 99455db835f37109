#include "in_words.hpp"
#include "json_in_text.hpp"

#include <procedura/conformance/client_judge.hpp>
#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

/// The judges that see the process: what a client told its user, and how it ended.
namespace procedura::conformance {
namespace {

using protocol::Duration;

const Message* last_of_agent(const ClientRun& run) {
  const Message* last = nullptr;
  for (const Conversation& connection : run.connections) {
    if (!connection.agent.messages.empty() && (last == nullptr || connection.agent.messages.back().at > last->at)) {
      last = &connection.agent.messages.back();
    }
  }
  return last;
}

/// The beginning of a stream. Cut between words, so that no part of a secret stays that the redaction would not know.
std::string beginning(const Output& stream) {
  constexpr std::size_t enough = 200;
  constexpr std::size_t longest_word = 4096;
  const std::string_view text = stream.text;
  if (text.empty()) {
    return "nothing";
  }
  if (text.size() <= enough) {
    return in_quotes(text);
  }
  constexpr std::string_view between = " \t\r\n\"',;{}[]()<>";
  auto end = text.substr(0, enough + longest_word).find_first_of(between, enough);
  if (end == std::string_view::npos) {
    end = text.substr(0, enough).find_last_of(between);
  }
  return end == std::string_view::npos ? fmt::format("{} bytes without a space", text.size())
                                       : "\"" + std::string{text.substr(0, end)} + "...\"";
}

}  // namespace

Finding reports(const ClientRun& run, std::string_view json, ClientProfile::Output output) {
  if (output == ClientProfile::Output::nothing) {
    return Finding::note("the profile promises nothing of stdout");
  }
  const auto missing = [&](std::string_view what) {
    return Finding::broken(fmt::format("{} is not on stdout, which begins with {}; {}", protocol::excerpt(what, 100),
                                       beginning(run.child.out), story(run.child)));
  };
  if (output == ClientProfile::Output::json) {
    return holds_json(run.child.out.text, json) ? Finding::kept() : missing(json);
  }
  const auto flat = nlohmann::json::parse(json).flatten();
  for (const auto& [pointer, value] : flat.items()) {
    const std::string word = value.is_string() ? value.get<std::string>() : value.dump();
    if (pointer.empty() && json == "[]") {
      continue;  // flatten() makes null of it; there are no words in it
    }
    if (run.child.out.text.find(word) == std::string::npos) {
      return missing(word);
    }
  }
  return Finding::kept();
}

Finding shows(const ClientRun& run, std::string_view word) {
  return run.child.out.text.find(word) != std::string::npos
             ? Finding::kept()
             : Finding::broken(fmt::format("stdout: {}; {}", beginning(run.child.out), story(run.child)));
}

Finding unreported(const ClientRun& run, std::string_view word) {
  return run.child.out.text.find(word) == std::string::npos ? Finding::kept()
                                                            : Finding::broken("stdout has " + in_quotes(word));
}

Finding silent_about(const ClientRun& run, std::string_view word) {
  for (const auto& [name, stream] : {std::pair{"stdout", &run.child.out}, std::pair{"stderr", &run.child.err}}) {
    if (stream->text.find(word) != std::string::npos) {
      return Finding::broken(std::string{name} + " has " + in_quotes(word));
    }
  }
  return Finding::kept();
}

Finding tells_people(const ClientRun& run, std::string_view word) {
  return run.child.err.text.find(word) != std::string::npos
             ? Finding::kept()
             : Finding::broken(fmt::format("stderr: {}; {}", beginning(run.child.err), story(run.child)));
}

Finding names(const ClientRun& run, std::string_view word) {
  return shows(run, word).kind == Finding::Kind::kept || tells_people(run, word).kind == Finding::Kind::kept
             ? Finding::kept()
             : Finding::broken(fmt::format("no {}; stdout: {}; stderr: {}; {}", word, beginning(run.child.out),
                                           beginning(run.child.err), story(run.child)));
}

Finding ends(const ClientRun& run) {
  return run.child.ended_by_itself() ? Finding::kept() : Finding::broken(story(run.child));
}

Finding ends_within(const ClientRun& run, Duration limit) {
  return run.child.ended_by_itself() && run.child.took() <= limit ? Finding::kept() : Finding::broken(story(run.child));
}

Finding gives_up(const ClientRun& run, Duration timeout, Duration limit) {
  // Clocks differ by a little; who gives up at once has not waited.
  if (run.child.ended_by_itself() && run.child.took() < timeout * 9 / 10) {
    return Finding::broken(story(run.child) + ", before its timeout was over");
  }
  return ends_within(run, limit);
}

Finding ends_soon_after_result(const ClientRun& run, Duration limit) {
  const Message* last = last_of_agent(run);
  if (last == nullptr) {
    return Finding::untestable("the agent said nothing; " + story(run.child));
  }
  const Duration after = run.child.ended - last->at;
  return run.child.ended_by_itself() && after <= limit
             ? Finding::kept()
             : Finding::broken(fmt::format("{}, {:.2f} s after the agent's last message", story(run.child), seconds_of(after)));
}

Finding ends_soon_after_drop(const ClientRun& run, Duration limit) {
  if (run.connections.empty()) {
    return Finding::broken(nothing_said(run));
  }
  const Speech& lost = run.connections.front().agent;
  if (!lost.closed && lost.ended.empty()) {
    return Finding::untestable("the connection was not ended by the agent; " + story(run.child));
  }
  const Duration after = run.child.ended - (lost.closed ? lost.closed_at : lost.ended_at);
  return run.child.ended_by_itself() && after <= limit
             ? Finding::kept()
             : Finding::broken(fmt::format("{}, {:.2f} s after the connection's end", story(run.child), seconds_of(after)));
}

Finding succeeds(const ClientRun& run) {
  return run.child.succeeded() ? Finding::kept() : Finding::broken(story(run.child));
}

Finding fails(const ClientRun& run) {
  return run.child.end == Child::End::exited && run.child.code != 0 ? Finding::kept() : Finding::broken(story(run.child));
}

bool came_together(const ClientRun& run, std::size_t messages) {
  return std::any_of(run.connections.begin(), run.connections.end(), [messages](const Conversation& connection) {
    const auto& replies = connection.agent.messages;
    return replies.size() >= messages && replies[replies.size() - messages].at == replies.back().at;
  });
}

Finding both(Finding first, Finding second) {
  return first.kind == Finding::Kind::kept ? std::move(second) : std::move(first);
}

}  // namespace procedura::conformance
