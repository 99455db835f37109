#pragma once

#include <procedura/agent.hpp>
#include <procedura/error.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/testing/client_printers.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// A double of `procedura::Agent`, for code that should open no socket.
namespace procedura::testing {

/// An event with this frame, as an agent would send it.
inline Event make_event(const nlohmann::ordered_json& frame) {
  auto decoded = protocol::decode_reply(frame.dump());
  if (decoded.fault != protocol::DecodedReply::Fault::none) {
    throw Error{Failure::of(errc::invalid_request, "this is no frame of an agent: " + decoded.what)};
  }
  return Event{std::move(decoded.reply)};
}
/// The first event of a stream.
inline Event started_event(const std::string& job_id = "job-1") {
  return make_event({{"id", "1"}, {"job_id", job_id}, {"status", "started"}});
}
/// With these members.
inline Event running_event(const nlohmann::ordered_json& members = nlohmann::ordered_json::object()) {
  nlohmann::ordered_json frame = {{"id", "1"}, {"status", "running"}};
  frame.update(members);
  return make_event(frame);
}
/// The last event of a stream that went well.
inline Event finished_event(const nlohmann::ordered_json& result = nullptr) {
  nlohmann::ordered_json frame = {{"id", "1"}, {"status", "finished"}};
  frame["result"] = result;
  return make_event(frame);
}
/// What a run comes to.
inline RunResult make_result(const nlohmann::ordered_json& result, std::optional<std::string> job_id = {}) {
  return RunResult{finished_event(result), std::move(job_id)};
}
/// What an agent's `error` frame fails a call with.
inline Failure agent_failure(const std::string& code, const std::string& message) {
  Failure failure = Failure::of(errc::agent_error, message);
  failure.agent_code = code;
  failure.frame = nlohmann::ordered_json{{"id", "1"}, {"status", "error"}, {"code", code}, {"message", message}}.dump();
  return failure;
}

// --- GoogleMock actions, for `WillOnce` and `WillRepeatedly` on the functions of an `AgentDouble`

/// For `do_run`: this result, as often as it is called.
inline auto Answers(const nlohmann::ordered_json& result) {
  return [answer = make_result(result)](const auto&...) { return answer; };
}
/// For `do_stream`: these events, as often as it is called.
///
///     EXPECT_CALL(agent, do_stream).WillOnce(Streams({started_event(), running_event({{"n", 1}}), finished_event(4)}));
inline auto Streams(std::vector<Event> events) {
  return [events = std::move(events)](const auto&...) { return EventStream::of(events); };
}
/// For all of them: an `Error` with this.
class Fails {
 public:
  /// Any failure.
  explicit Fails(Failure failure) : failure_{std::move(failure)} {}
  /// The agent refused.
  Fails(const std::string& code, const std::string& message) : Fails{agent_failure(code, message)} {}
  /// Something went wrong on this side: `Fails(errc::connection_lost, "gone")`.
  Fails(errc code, const std::string& message) : Fails{Failure::of(code, message)} {}

  /// For each of the functions of an `AgentDouble`.
  template <typename Return, typename... Arguments>
  operator ::testing::Action<Return(Arguments...)>() const {  // NOLINT(google-explicit-constructor): an action is one
    return [failure = failure_](Arguments...) -> Return { throw Error{failure}; };
  }

 private:
  Failure failure_;
};

/// Implements `procedura::Agent` as a GoogleMock class. What it was not told about fails as an agent without that module would,
/// and login fails.
///
///     AgentDouble agent;
///     EXPECT_CALL(agent, do_run("worldstate_snapshot", ElementsAre("--terse"), _)).WillOnce(Answers({{"entities", {1, 2}}}));
///     EXPECT_EQ(count_entities(agent), 2);
class AgentDouble : public Agent {
 public:
  AgentDouble() {
    using ::testing::_;
    ON_CALL(*this, do_run).WillByDefault([](const std::string& module, const auto&, const auto&) -> RunResult {
      throw Error{unknown(module)};
    });
    ON_CALL(*this, do_stream).WillByDefault([](const std::string& module, const auto&, const auto&) -> EventStream {
      throw Error{unknown(module)};
    });
    ON_CALL(*this, do_login).WillByDefault([](const auto&, const auto&) -> LoginResult {
      throw Error{agent_failure("AUTH_FAILED", "the double was not told whom to let in")};
    });
  }

  /// What `run` calls.
  MOCK_METHOD(RunResult, do_run, (const std::string& module, const std::vector<std::string>& args, const CallOptions& options),
              (override));
  /// What `stream` calls.
  MOCK_METHOD(EventStream, do_stream,
              (const std::string& module, const std::vector<std::string>& args, const CallOptions& options), (override));
  /// What `login_password` calls. GoogleMock shows arguments in its messages: the credential too.
  MOCK_METHOD(LoginResult, do_login, (const std::string& credential, const LoginOptions& options), (override));

  // --- for code whose calls need not be counted: what a module does whenever it is called, with whatever arguments

  /// `run` of this module has this result.
  AgentDouble& answers(const std::string& module, const nlohmann::ordered_json& result) {
    ON_CALL(*this, do_run(module, ::testing::_, ::testing::_)).WillByDefault(Answers(result));
    return *this;
  }
  /// `stream` of this module has these events.
  AgentDouble& streams(const std::string& module, std::vector<Event> events) {
    ON_CALL(*this, do_stream(module, ::testing::_, ::testing::_)).WillByDefault(Streams(std::move(events)));
    return *this;
  }
  /// `run` and `stream` of this module fail with this code of the agent's.
  AgentDouble& fails(const std::string& module, const std::string& code, const std::string& message) {
    ON_CALL(*this, do_run(module, ::testing::_, ::testing::_)).WillByDefault(Fails(code, message));
    ON_CALL(*this, do_stream(module, ::testing::_, ::testing::_)).WillByDefault(Fails(code, message));
    return *this;
  }
  /// Every login succeeds with this token.
  AgentDouble& lets_in(const std::string& token = "double-token") {
    ON_CALL(*this, do_login).WillByDefault([token](const auto&, const auto&) {
      return LoginResult{make_result({{"session_token", token}}), token, protocol::ArgsStyle::module_first, {}};
    });
    return *this;
  }

 private:
  static Failure unknown(const std::string& module) {
    return agent_failure("UNKNOWN_MODULE", "the double was not told what " + module + " does");
  }
};

}  // namespace procedura::testing
