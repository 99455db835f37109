#pragma once

#include <procedura/conformance/client_judge.hpp>
#include <procedura/conformance/client_profile.hpp>
#include <procedura/conformance/client_run.hpp>
#include <procedura/conformance/registry.hpp>
#include <procedura/conformance/secrets.hpp>
#include <procedura/conformance/tap/sabotage.hpp>
#include <procedura/conformance/transcript.hpp>
#include <procedura/conformance/wire.hpp>
#include <procedura/mock/journal_entry.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How a case of the client direction is written:
///
///     void late_frames(ClientCase& c) {
///       const std::string wanted = c.fresh_word("result");
///       Stage& stage = c.stage(R"({"version": 1, "stubs": [{"name": "m", "match": {"cmd": "m"}, "reply": [
///           "accept", {"finished": ")" + wanted + R"("}, {"fault": {"extra": "finished"}}]}]})");
///       const ClientRun& run = c.run(stage, {.cmd = "m"});
///       c.judge("reported", reports(run, wanted));
///     }
///
/// The stage plays the agent: a mock with a scenario (mockserver/docs/scenario.md), behind a tap that writes down all that
/// passes and can alter it (`tap::Sabotage`: heads, frames, pings, closes). The client's command is run to its end in a home of
/// its own, and then judged by pure functions (client_judge.hpp) that see the process and the wire.
///
/// A case belongs to the registry of `client_cases()`: src/client/cases/, area `client-...`. It names in `needs` the commands
/// and options that it uses; where the profile has them not, it is N/A.
namespace procedura::conformance {

/// Where the client is sent to: the part of an agent, played from a scenario. It listens until the case ends.
class Stage {
 public:
  Stage(const std::string& scenario, tap::Sabotage sabotage);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  std::string url() const;  ///< "ws://127.0.0.1:PORT": the tap's
  std::uint16_t port() const;
  /// All that passed so far. Raw: secrets are in it.
  std::vector<tap::Record> records() const;
  /// What the sabotage did.
  std::vector<std::string> fired() const;
  /// What the mock saw and did, redacted.
  std::vector<mock::JournalEntry> journal() const;
  /// Waits until every connection that was made has ended on the client's side. False: one has not within a second.
  bool wait_for_ends() const;
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// A command of the client, as a case calls it. Members that the command's template does not use are ignored.
struct Call {
  Need command = Need::run_command;
  std::string cmd = "m";                     ///< the module, of run and stream
  Argv args{};                               ///< the module's own
  Argv cmds{};                               ///< the modules, of several
  std::string credential{};                  ///< of login; is kept secret
  std::string device{};                      ///< of login; empty: none
  std::map<Need, std::string> options{};     ///< `Need::token_option` and so on, with its value; see `ClientCase::timeout`
  std::map<std::string, std::string> env{};  ///< beside the profile's
  std::string url{};                         ///< empty: the stage's
  std::optional<Duration> patience{};        ///< after which it is killed; nothing: the profile's
};

/// What surrounds one case while it runs.
struct ClientSetting {
  const ClientProfile& profile;
  Secrets& secrets;
  /// Of the suite's own process: PATH, and what the profile lets through.
  const std::function<std::optional<std::string>(const std::string&)>& env;
  std::uint64_t seed;
  TimePoint run_ends;
  const std::atomic<bool>* interrupted = nullptr;
};

/// One case while it runs. Blocking, used by one thread. Its folder and its stages are gone with it.
class ClientCase {
 public:
  ClientCase(const CaseSpec& spec, ClientSetting setting);
  ~ClientCase();
  ClientCase(const ClientCase&) = delete;
  ClientCase& operator=(const ClientCase&) = delete;

  const ClientProfile& profile() const { return setting_.profile; }
  const CaseSpec& spec() const { return spec_; }

  /// Starts a mock of this scenario. Stages stay until the case ends. A scenario that is wrong is a fault of the suite's.
  Stage& stage(const std::string& scenario, tap::Sabotage sabotage = {});
  /// Runs a command against a stage to its end, which comes with the call's patience at the latest. Its `connections` are those
  /// that it made. Throws `CannotGoOn` if the case's own time is over.
  const ClientRun& run(Stage& stage, Call call);

  /// The client's home: a folder of this case alone, empty at first, mode 0700. HOME is set to it.
  const std::filesystem::path& home() const { return home_; }
  /// Where the profile says that the token is saved; needs `Need::token_file`.
  std::filesystem::path token_file() const;

  /// What a timeout option is set to, as text in milliseconds, for `Call::options`: the profile's `limits.timeout_ms`.
  std::string timeout() const;

  std::string fresh_word(std::string_view stem);  ///< "result-1a2b3c4d": the same in each run with this seed

  /// False for a check of a clause that is ours alone and not declared: what is judged about it is dropped.
  bool wants(std::string_view check) const;
  void judge(std::string_view check, Finding finding);
  /// Makes a value known as a secret, so that no report shows it. Credentials and tokens that a call has, tokens that the
  /// client sends and those that the mock issues are known without.
  void keep_secret(std::string_view secret) { setting_.secrets.add(secret); }

  const std::map<std::string_view, Finding>& findings() const { return findings_; }
  /// Ends the stages and puts together what happened. Nothing can be run after it.
  void finish();
  const Transcript& transcript() const { return transcript_; }

 private:
  void note(Entry::Kind kind, TimePoint at, std::string text);
  void learn_secrets(const std::vector<Conversation>& connections);
  TimePoint until(const Call& call) const;

  const CaseSpec& spec_;
  ClientSetting setting_;
  TimePoint began_;
  TimePoint ends_;
  std::uint64_t draws_ = 0;
  std::filesystem::path home_;
  std::deque<Stage> stages_;
  std::deque<ClientRun> runs_;
  std::map<std::string_view, Finding> findings_;
  Transcript transcript_;
};

}  // namespace procedura::conformance
