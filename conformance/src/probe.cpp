#include <procedura/conformance/case.hpp>
#include <procedura/conformance/probe.hpp>
#include <procedura/protocol/token.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace procedura::conformance {
namespace {

using nlohmann::json;
using protocol::ArgsStyle;

constexpr std::array both_styles = {ArgsStyle::module_first, ArgsStyle::bare};
constexpr const char* snapshot = "worldstate_snapshot";

const CaseSpec& spec() {
  static const CaseSpec made{.id = "probe/agent",
                             .title = "",
                             .needs = {},
                             .after = {},
                             .session = false,
                             .checks = {},
                             .deadline = std::chrono::seconds{60}};
  return made;
}

std::optional<json> result_of(const Exchange& exchange) {
  if (exchange.terminal() == nullptr || exchange.terminal()->reply.status != protocol::Status::finished) {
    return std::nullopt;
  }
  // A result nests no deeper than a frame may (CON-9).
  auto result = json::parse(exchange.terminal()->reply.result(), nullptr, false);
  return result.is_discarded() ? std::nullopt : std::optional<json>{std::move(result)};
}

bool has_members(const json& value, std::initializer_list<const char*> names) {
  return value.is_object() &&
         std::all_of(names.begin(), names.end(), [&value](const char* name) { return value.contains(name); });
}

/// One conversation with the agent. A connection that is lost is made anew for the next question.
class Asking {
 public:
  Asking(Case& c, const ProbeSetting& setting) : case_{c}, setting_{setting} {}

  Probed run() {
    connection_ = &case_.dial();
    probed_.opened = connection_->open();
    probed_.why_not = connection_->why();
    if (!probed_.opened) {
      return std::move(probed_);
    }
    log_in();
    ask_for_a_snapshot();
    ask_for_sprites();
    ask_the_builtins();
    return std::move(probed_);
  }

 private:
  const Exchange& ask(const std::string& cmd, std::vector<std::string> args, ArgsStyle style,
                      protocol::Mode mode = protocol::Mode::sync) {
    if (!connection_->open()) {
      connection_ = &case_.dial(token_.empty() ? Offer{} : Offer::both(token_));
    }
    const Request request = case_.request(cmd, std::move(args), mode);
    std::string text;
    protocol::append_request(text, request.id, request.cmd, request.args, request.mode, style);
    Exchange& exchange = connection_->send_as(request, std::move(text));
    connection_->until_over(exchange);
    return exchange;
  }

  void log_in() {
    if (setting_.credential.empty()) {
      return;
    }
    for (const ArgsStyle style : both_styles) {
      const Exchange& login =
          ask("login_password", {setting_.credential, "--attach", "--device=" + case_.device(), "--ttl=600"}, style);
      if (const auto token = session_token(login); token && protocol::is_header_safe(*token)) {
        token_ = *token;
        case_.keep_secret(token_);
        probed_.login_styles.push_back(style);
      }
    }
    if (token_.empty()) {
      return;
    }
    // Nobody was asked for a snapshot yet, so what is refused here is refused for want of a session.
    const Exchange& refused = ask_without_session();
    Connection& session = case_.dial(Offer::both(token_));
    if (session.open()) {
      probed_.echoes = session.subprotocol() == token_;
      connection_ = &session;
    }
    refused_without_session_ = refused.terminal() != nullptr && refused.terminal()->reply.status == protocol::Status::error;
  }

  const Exchange& ask_without_session() {
    connection_ = &case_.dial();
    return ask(snapshot, {"--terse"}, probed_.login_styles.front());
  }

  void ask_for_a_snapshot() {
    for (const ArgsStyle style : both_styles) {
      const auto result = result_of(ask(snapshot, {"--terse"}, style));
      if (!result) {
        continue;
      }
      probed_.snapshot_styles.push_back(style);
      probed_.snapshot_is_object = result->is_object();
      probed_.snapshot_members.clear();
      for (const char* member : {"meta", "entities", "location", "environment"}) {
        if (has_members(*result, {member})) {
          probed_.snapshot_members.emplace_back(member);
        }
      }
    }
    probed_.snapshot_is_protected = refused_without_session_ && !probed_.snapshot_styles.empty();
  }

  ArgsStyle style() const {
    return !probed_.login_styles.empty()      ? probed_.login_styles.front()
           : !probed_.snapshot_styles.empty() ? probed_.snapshot_styles.front()
                                              : ArgsStyle::module_first;
  }

  void ask_for_sprites() {
    const Exchange& job = ask("place_ooi_sprites", {"--dry-run", "--n", "4"}, style(), protocol::Mode::async);
    if (result_of(job)) {
      probed_.updates = static_cast<std::uint32_t>(std::min<std::size_t>(job.count(protocol::Status::running), 1000));
    }
  }

  void ask_the_builtins() {
    const auto keepalive = result_of(ask("__keepalive", {}, style()));
    probed_.keepalive_finishes = keepalive.has_value();
    if (keepalive && has_members(*keepalive, {"ok", "server_time_ms"})) {
      probed_.builtins.emplace_back("BLT-1");
    }
    const auto metrics = result_of(ask("__diag_ws_metrics", {}, style()));
    if (metrics && has_members(*metrics, {"uptime_s", "connections", "frames", "bytes", "jobs", "errors"})) {
      probed_.builtins.emplace_back("BLT-2");
    }
    const auto auth = result_of(ask("__diag_auth", {}, style()));
    if (auth && has_members(*auth, {"authenticated", "user", "device", "via", "expires_in"})) {
      probed_.builtins.emplace_back("BLT-3");
    }
  }

  Case& case_;
  const ProbeSetting& setting_;
  Connection* connection_ = nullptr;
  std::string token_;
  bool refused_without_session_ = false;
  Probed probed_;
};

}  // namespace

Probed probe(Dialer& dialer, const ProbeSetting& setting) {
  Secrets secrets;
  secrets.add_credential(setting.credential);
  const Profile nothing_known;
  Case c{spec(), {nothing_known, dialer, secrets, setting.seed, dialer.now() + std::chrono::minutes{5}}};
  Probed probed = Asking{c, setting}.run();
  probed.why_not = sealed(probed.why_not, secrets.redactor());
  return probed;
}

}  // namespace procedura::conformance
