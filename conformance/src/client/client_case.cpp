#include "../draws.hpp"
#include "command_line.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/conformance/client_case.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/random.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace procedura::conformance {
namespace {

using Clock = std::chrono::steady_clock;

std::filesystem::path scratch_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "procedura-client-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {  // mode 0700
    throw std::system_error{errno, std::generic_category(), "no folder for a client's home in " + name};
  }
  return name;
}

/// The token that a reply issues (LOG-2); empty if it issues none.
std::string issued_token(const std::string& reply) {
  if (reply.find("session_token") == std::string::npos || protocol::check_json(reply).fault != protocol::JsonFault::none) {
    return {};
  }
  const auto frame = nlohmann::json::parse(reply, nullptr, false);
  const auto token = frame.is_object() ? frame.value("/result/session_token"_json_pointer, nlohmann::json{}) : nlohmann::json{};
  return token.is_string() ? token.get<std::string>() : std::string{};
}

}  // namespace

ClientCase::ClientCase(const CaseSpec& spec, ClientSetting setting)
    : spec_{spec}, setting_{setting}, began_{Clock::now()}, ends_{began_ + spec.deadline}, home_{scratch_folder()} {
  setting_.seed = seed_of(setting.seed, spec.id);
}

ClientCase::~ClientCase() {
  stages_.clear();
  std::error_code ignored;  // what a client did to its home is its own affair
  std::filesystem::remove_all(home_, ignored);
}

Stage& ClientCase::stage(const std::string& scenario, tap::Sabotage sabotage) {
  return stages_.emplace_back(scenario, std::move(sabotage));
}

TimePoint ClientCase::until(const Call& call) const {
  const TimePoint now = Clock::now();
  if (now >= setting_.run_ends || (setting_.interrupted != nullptr && *setting_.interrupted)) {
    throw RunOver{};
  }
  if (now >= ends_) {
    throw CannotGoOn{"the time of this case (" + std::to_string(spec_.deadline.count()) + " s) was over"};
  }
  return std::min({now + call.patience.value_or(setting_.profile.patience), ends_, setting_.run_ends});
}

const ClientRun& ClientCase::run(Stage& stage, Call call) {
  const TimePoint deadline = until(call);
  if (!call.credential.empty()) {
    setting_.secrets.add_credential(call.credential);
  }
  if (const auto token = call.options.find(Need::token_option); token != call.options.end()) {
    keep_secret(token->second);
  }
  const std::size_t before = conversations(stage.records()).size();
  const ChildStart start = start_of(profile(), call, {home_.string(), call.url.empty() ? stage.url() : call.url, setting_.env});
  ClientRun& run = runs_.emplace_back();
  run.child = run_child(start, {.until = deadline, .interrupted = setting_.interrupted});
  note(Entry::Kind::process, run.child.began, in_words(start.argv));
  note(Entry::Kind::process, run.child.ended, story(run.child));
  for (const auto& [name, stream] : {std::pair{"stdout", &run.child.out}, std::pair{"stderr", &run.child.err}}) {
    if (stream->bytes != 0) {
      note(Entry::Kind::process, stream->last.value_or(run.child.ended), std::string{name} + ": " + stream->text);
    }
  }
  // Its sockets are closed, by itself or by the system: what it sent is on its way, and the ends behind it.
  stage.wait_for_ends();
  run.connections = conversations(stage.records());
  run.connections.erase(run.connections.begin(), run.connections.begin() + static_cast<std::ptrdiff_t>(before));
  learn_secrets(run.connections);

  if (run.child.end == Child::End::killed && run.child.ended >= setting_.run_ends) {
    throw RunOver{};
  }
  if (setting_.interrupted != nullptr && *setting_.interrupted) {
    throw RunOver{};
  }
  if (run.child.end == Child::End::not_started) {
    throw CannotGoOn{run.child.why};
  }
  return run;
}

std::filesystem::path ClientCase::token_file() const {
  return expand_word(profile().token_file, {{{"home", home_.string()}}, {}});
}

std::string ClientCase::timeout() const {
  return std::to_string(profile().timeout.count());
}

std::string ClientCase::fresh_word(std::string_view stem) {
  return std::string{stem} + "-" + hex8(protocol::mix(setting_.seed, ++draws_));
}

bool ClientCase::wants(std::string_view slug) const {
  const CheckSpec* check = spec_.find(slug);
  return check != nullptr && (check->source != Source::ours || profile().declared(check->clause));
}

void ClientCase::judge(std::string_view slug, Finding finding) {
  const CheckSpec* check = spec_.find(slug);
  if (check == nullptr) {
    throw std::logic_error("the case judges " + std::string{slug} + ", which is none of its checks");
  }
  if (wants(slug) && !findings_.emplace(check->slug, std::move(finding)).second) {
    throw std::logic_error("the case judges " + std::string{slug} + " twice");
  }
}

void ClientCase::finish() {
  unsigned first = 1;
  for (Stage& stage : stages_) {
    stage.stop();
    const auto records = stage.records();
    const auto connections = conversations(records);
    learn_secrets(connections);
    const Transcript part = transcript_of(records, began_, first);
    transcript_.insert(transcript_.end(), part.begin(), part.end());
    first += static_cast<unsigned>(connections.size());
  }
  std::stable_sort(transcript_.begin(), transcript_.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
}

void ClientCase::note(Entry::Kind kind, TimePoint at, std::string text) {
  transcript_.push_back({kind, 0, at - began_, std::move(text)});
}

void ClientCase::learn_secrets(const std::vector<Conversation>& connections) {
  for (const Conversation& connection : connections) {
    if (connection.client.head) {
      for (const auto value : connection.client.head->all("Authorization")) {
        keep_secret(value.substr(value.find(' ') + 1));
      }
      for (const auto value : connection.client.head->all("Sec-WebSocket-Protocol")) {
        keep_secret(value);
      }
    }
    for (const Message& reply : connection.agent.messages) {
      if (const std::string token = issued_token(reply.bytes); !token.empty()) {
        keep_secret(token);
      }
    }
  }
}

}  // namespace procedura::conformance
