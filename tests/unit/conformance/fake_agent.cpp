#include "fake_agent.hpp"

#include <procedura/conformance/clause.hpp>
#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/token.hpp>

#include <algorithm>

namespace procedura::conformance::testing {

using protocol::Mode;
using protocol::Status;

bool FakeAgent::knows(const std::string& token) const {
  return std::any_of(tokens.begin(), tokens.end(), [&token](const auto& entry) { return entry.second == token; });
}

class FakeWire final : public Wire {
 public:
  FakeWire(FakeAgent& agent, bool known) : agent_{agent}, known_{known} { agent_.wires.push_back(this); }
  ~FakeWire() override { std::erase(agent_.wires, this); }
  FakeWire(const FakeWire&) = delete;
  FakeWire& operator=(const FakeWire&) = delete;

  void send_text(std::string message) override {
    if (agent_.closes_when_asked) {
      put({}, {Arrival::Kind::closed, "gone", 1011});
      return;
    }
    if (message.size() > agent_.max_message) {
      put({}, {Arrival::Kind::closed, "too big", 1009});
      return;
    }
    if (agent_.knows_only_its_members && message.find("\"trace\"") != std::string::npos) {
      return;
    }
    const auto read = session_.text(message);
    if (const auto* refusal = std::get_if<protocol::Refusal>(&read)) {
      refuse(*refusal);
      return;
    }
    auto request = std::get<protocol::Request>(read);
    auto plan = answer(request);
    if (agent_.twist) {
      agent_.twist(plan, request);
    }
    for (const Planned& planned : plan) {
      const auto end = protocol::decode_reply(planned.text);
      for (FakeWire* wire : agent_.tells_everybody ? agent_.wires : std::vector<FakeWire*>{this}) {
        wire->put(planned.after, {Arrival::Kind::text, planned.text},
                  protocol::is_terminal(end.reply.status) ? request.id : "");
      }
    }
  }
  void send_binary(std::string) override { refuse(session_.binary()); }
  void send_fragments(std::vector<std::string> parts) override {
    std::string whole;
    for (const auto& part : parts) {
      whole += part;
    }
    if (agent_.joins_fragments) {
      send_text(std::move(whole));
    }
  }
  void ping(std::string payload) override {
    if (agent_.pongs) {
      put({}, {Arrival::Kind::pong, std::move(payload)});
    }
  }
  void close(std::uint16_t code, std::string) override {
    if (agent_.answers_close) {
      put({}, {Arrival::Kind::closed, "closed", code, true});
    }
  }

  Arrival receive(TimePoint until) override {
    if (agent_.floods) {
      return {Arrival::Kind::text, R"({"status":"tick"})"};
    }
    const auto first = std::min_element(queue_.begin(), queue_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    if (first == queue_.end() || first->at > until) {
      agent_.now = std::max(agent_.now, until);
      return {};
    }
    const Due due = *first;
    queue_.erase(first);
    agent_.now = std::max(agent_.now, due.at);
    if (!due.ends.empty()) {
      session_.forget(due.ends);
    }
    return due.arrival;
  }

 private:
  struct Due {
    TimePoint at;
    Arrival arrival;
    std::string ends;
  };

  void refuse(const protocol::Refusal& refusal) {
    std::string frame = agent_.refuses ? refusal.frame : "";
    if (refusal.code == "DUPLICATE_ID" && agent_.targets_duplicates) {
      frame.replace(frame.find("\"ref\""), 5, "\"id\"");
    }
    if (!frame.empty()) {
      put({}, {Arrival::Kind::text, std::move(frame)});
    }
  }

  void put(Duration after, Arrival arrival, std::string ends = {}) {
    queue_.push_back({agent_.now + after, std::move(arrival), std::move(ends)});
  }

  std::vector<Planned> answer(protocol::Request& request) {
    const bool led = protocol::strip_module_name(request);
    if (led && agent_.keeps_the_name && request.cmd != "login_password") {
      request.args.insert(request.args.begin(), request.cmd);
    }
    const std::string job = "job-" + std::to_string(++agent_.jobs_made);
    const protocol::Address address{request.id, job};
    std::vector<Planned> plan;
    const auto say = [&plan](Duration after) -> std::string& { return plan.emplace_back(Planned{after, {}}).text; };
    const auto fail = [&](std::string_view code) {
      protocol::append_error(say({}), address, {true, false}, code, "no: " + std::string{code} + agent_.leaks);
    };
    const std::string& cmd = request.cmd;
    const bool built_in = cmd.rfind("__", 0) == 0;
    const bool runs =
        built_in || cmd == "world" || cmd == "echo" || cmd == "slow" || cmd == "stream" || cmd == "secret" || cmd == "broken";
    if (cmd != "login_password" && !runs) {
      fail("UNKNOWN_MODULE");
      return plan;
    }
    if (cmd == "secret" && !known_ && agent_.protects) {
      fail("AUTH_REQUIRED");
      return plan;
    }
    if (request.mode == Mode::sync) {
      protocol::append_ack(say({}), address, {true, agent_.ack_has_job_id});
    } else {
      protocol::append_started(say({}), address, {agent_.started_has_id, true});
    }
    // Without a job_id said before, only the id names a sync request.
    const bool by_id_only = request.mode == Mode::sync && !agent_.ack_has_job_id;
    const protocol::Target target = by_id_only ? protocol::Target{true, false} : agent_.target;

    Duration takes{};
    if (cmd == "slow") {
      takes = milliseconds{std::stoi(request.args.back())};
      if (agent_.one_at_a_time) {
        agent_.busy_until = std::max(agent_.busy_until, agent_.now) + takes;
      }
    }
    if (agent_.one_at_a_time) {
      takes = std::max<Duration>(agent_.busy_until - agent_.now, {});
    }
    if (cmd == "stream") {
      for (int i = 1; i <= 4; ++i) {
        protocol::append_running(say(milliseconds{10 * i}), address, target, "\"n\":" + std::to_string(i));
      }
      takes = milliseconds{50};
    }
    if (cmd == "broken") {
      protocol::append_error(say(takes), address, target, "NO_LUCK", "it never works");
    } else if (cmd == "login_password") {
      log_in(request, say({}), address);
    } else {
      protocol::append_finished(say(takes), address, target, result_of(request));
    }
    return plan;
  }

  static std::string result_of(const protocol::Request& request) {
    if (request.cmd == "__keepalive") {
      return R"({"ok":true,"server_time_ms":1764000000000})";
    }
    if (request.cmd == "__diag_ws_metrics") {
      return R"({"uptime_s":0.5,"connections":{"open":1,"total":1},"frames":{"in":1,"out":1},"bytes":{"in":1,"out":1},)"
             R"("jobs":{"live":0,"finished":0,"failed":0},"errors":{"UNKNOWN_MODULE":1}})";
    }
    if (request.cmd == "__diag_auth") {
      return R"({"authenticated":true,"user":"admin@procedura.org","device":null,"via":"login","expires_in":60})";
    }
    if (request.cmd != "echo") {
      return R"({"entities":{}})";
    }
    std::string args;
    for (const auto& arg : request.args) {
      args += args.empty() ? "" : ",";
      protocol::append_string(args, arg);
    }
    return R"({"args":[)" + args + "]}";
  }

  void log_in(const protocol::Request& request, std::string& out, const protocol::Address& address) {
    const auto device = std::find_if(request.args.begin(), request.args.end(),
                                     [](const std::string& arg) { return arg.rfind("--device=", 0) == 0; });
    const auto option = [&request](const char* name) {
      return std::find(request.args.begin(), request.args.end(), name) != request.args.end();
    };
    auto credential = protocol::parse_credential(request.args.empty() ? "" : request.args.front());
    if (!agent_.knows_base64 && request.args.front().find('@') == std::string::npos) {
      credential.reset();
    }
    const bool right = credential && credential->user == "admin@procedura.org" && credential->password == "secret:123";
    if ((!right && !agent_.takes_any_password) || (!agent_.knows_attach && option("--attach")) ||
        (!agent_.knows_ttl && option("--ttl=600"))) {
      protocol::append_error(out, address, {true, false}, "AUTH_FAILED", "no" + agent_.leaks);
      return;
    }
    const std::string key = device == request.args.end() ? "none " + std::to_string(++agent_.logins_without_device) : *device;
    std::string& token = agent_.tokens[agent_.ignores_devices ? "any" : key];
    if (token.empty() || agent_.forgets_devices) {
      token = "fake-token-" + std::to_string(++agent_.tokens_made);
    }
    protocol::append_finished(
        out, address, {true, false},
        R"({"session_token":")" + token + R"(","user":"admin@procedura.org","device":"d","expires_in":60,"attached":false})");
  }

  FakeAgent& agent_;
  bool known_;
  protocol::AgentSession session_;
  std::vector<Due> queue_;
};

namespace {

class FakeDialer final : public Dialer {
 public:
  explicit FakeDialer(FakeAgent& agent) : agent_{agent} {}

  TimePoint now() override { return agent_.now += std::chrono::microseconds{1}; }
  std::optional<std::string> unreachable(TimePoint) override { return std::nullopt; }

  Dialed dial(const Offer& offer, TimePoint until) override {
    if (!agent_.answers_upgrade) {
      agent_.now = std::max(agent_.now, until);
      return {nullptr, 0, {}, "no answer to the handshake"};
    }
    const std::string token = offer.subprotocols.empty() ? "" : offer.subprotocols.front();
    bool known = agent_.takes_subprotocol && agent_.knows(token);
    bool bears = !token.empty();
    for (const auto& [name, value] : offer.headers) {
      const auto bearer = name == "Authorization" ? protocol::bearer_token(value) : std::nullopt;
      known = known || (bearer && agent_.takes_bearer && agent_.knows(std::string{*bearer}));
      bears = bears || bearer;
    }
    if (bears && !known && agent_.refuses_unknown_token) {
      return {nullptr, 401, {}, "HTTP 401 Unauthorized"};
    }
    std::string selected = agent_.echoes_token ? token : "";
    return {std::make_unique<FakeWire>(agent_, known), 101, agent_.selects.empty() ? selected : agent_.selects, {}};
  }

 private:
  FakeAgent& agent_;
};

}  // namespace

std::unique_ptr<Dialer> dial_to(FakeAgent& agent) {
  return std::make_unique<FakeDialer>(agent);
}

Profile fake_profile() {
  Profile profile;
  profile.agent = "an agent in memory";
  profile.credentials = {{"FAKE_CREDENTIAL", "admin@procedura.org", "admin@procedura.org:secret:123"}};
  profile.modules[Need::quick] = {.cmd = "world", .result_type = "object", .result_members = {"entities"}};
  profile.modules[Need::slow] = {.cmd = "slow", .ms_option = "--ms"};
  profile.modules[Need::streaming] = {.cmd = "stream", .least_updates = 4};
  profile.modules[Need::failing] = {.cmd = "broken", .error_code = "NO_LUCK"};
  profile.modules[Need::echo] = {.cmd = "echo"};
  profile.modules[Need::protected_module] = {.cmd = "secret"};
  profile.args_styles = {protocol::ArgsStyle::module_first, protocol::ArgsStyle::bare};
  profile.message_bytes = FakeAgent{}.max_message;
  for (const Clause& clause : clauses()) {
    if (clause.has(Source::ours)) {
      profile.declares.emplace(clause.id);
    }
  }
  return profile;
}

}  // namespace procedura::conformance::testing
