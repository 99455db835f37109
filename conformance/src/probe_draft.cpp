#include <procedura/conformance/probe.hpp>
#include <procedura/protocol/credential.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::conformance {
namespace {

using nlohmann::ordered_json;
using protocol::ArgsStyle;

class Drafting {
 public:
  Drafting(const Probed& probed, const ProbeSetting& setting) : probed_{probed}, setting_{setting} {}

  Draft run() {
    if (!probed_.opened) {
      note("no profile: the agent opens no connection without a token, though a login needs one (AUT-5): " + probed_.why_not);
      return std::move(draft_);
    }
    profile_["agent"] = setting_.agent;
    credentials();
    profile_["modules"] = ordered_json::object();
    quick();
    streaming();
    protected_module();
    declares();
    styles();
    profile_["never_call"] = {"init_character"};
    if (!profile_["modules"].contains("quick")) {
      note("no profile: neither worldstate_snapshot nor __keepalive finished, and a profile needs a quick module");
      return std::move(draft_);
    }
    note("left out: modules.slow, modules.failing and modules.echo; the documentation names none that could be tried");
    draft_.profile = profile_.dump(2) + "\n";
    return std::move(draft_);
  }

 private:
  void note(std::string what) { draft_.notes.push_back(std::move(what)); }

  void credentials() {
    if (setting_.credential_env.empty()) {
      note("left out: credentials; name an environment variable that has one with --credential-env");
      return;
    }
    if (probed_.login_styles.empty()) {
      note("left out: credentials; the login with the one in " + setting_.credential_env + " was refused");
      return;
    }
    ordered_json login = {{"env", setting_.credential_env}};
    if (const auto credential = protocol::parse_credential(setting_.credential)) {
      login["user"] = credential->user;
    }
    profile_["credentials"] = ordered_json::array({login});
    if (probed_.echoes) {
      note(*probed_.echoes ? "found: the token is echoed as the selected subprotocol (AUT-3)"
                           : "found: no subprotocol is selected (AUT-3)");
    }
  }

  void quick() {
    if (!probed_.snapshot_styles.empty()) {
      ordered_json module = {{"cmd", "worldstate_snapshot"}, {"args", {"--terse"}}};
      if (probed_.snapshot_is_object) {
        module["expect"]["type"] = "object";
        if (!probed_.snapshot_members.empty()) {
          module["expect"]["members"] = probed_.snapshot_members;
        }
      }
      profile_["modules"]["quick"] = std::move(module);
    } else if (probed_.keepalive_finishes) {
      profile_["modules"]["quick"] = {{"cmd", "__keepalive"}};
      note("found: worldstate_snapshot does not finish; __keepalive stands in as the quick module");
    }
  }

  void streaming() {
    if (!probed_.updates) {
      note("left out: modules.streaming; place_ooi_sprites --dry-run did not finish");
      return;
    }
    profile_["modules"]["streaming"] = {
        {"cmd", "place_ooi_sprites"}, {"args", {"--dry-run", "--n", "4"}}, {"least_updates", *probed_.updates}};
    if (*probed_.updates == 0) {
      note("found: place_ooi_sprites --dry-run sends no updates; what is told about streaming is little");
    }
  }

  void protected_module() {
    if (probed_.snapshot_is_protected) {
      profile_["modules"]["protected"] = {{"cmd", "worldstate_snapshot"}, {"args", {"--terse"}}};
    } else {
      note(std::string{"left out: modules.protected; "} + (probed_.login_styles.empty()
                                                               ? "without a login there is no telling"
                                                               : "worldstate_snapshot is answered without a session"));
    }
  }

  void declares() {
    if (!probed_.builtins.empty()) {
      profile_["declares"] = probed_.builtins;
    }
    note(fmt::format("left out: declares{}; only its authors know which of this project's own clauses it claims to keep",
                     probed_.builtins.empty() ? "" : fmt::format(" but for {}", fmt::join(probed_.builtins, ", "))));
  }

  /// A login in one style is told apart from one in the other: its first argument is the credential. A snapshot is not, since
  /// an agent may pass over what it does not know.
  void styles() {
    const auto& sure = !probed_.login_styles.empty()         ? probed_.login_styles
                       : probed_.snapshot_styles.size() == 1 ? probed_.snapshot_styles
                                                             : none_;
    if (sure.empty()) {
      note("left out: args_style; what was tried is answered in both styles or in neither, which tells nothing");
      return;
    }
    ordered_json names = ordered_json::array();
    for (const ArgsStyle style : sure) {
      names.push_back(to_string(style));
    }
    profile_["args_style"] = std::move(names);
  }

  const Probed& probed_;
  const ProbeSetting& setting_;
  const std::vector<ArgsStyle> none_;
  ordered_json profile_;
  Draft draft_;
};

}  // namespace

Draft draft_of(const Probed& probed, const ProbeSetting& setting) {
  return Drafting{probed, setting}.run();
}

}  // namespace procedura::conformance
