#pragma once

#include <procedura/agent.hpp>
#include <procedura/error.hpp>
#include <procedura/testing/client_printers.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <concepts>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

/// GoogleMock matchers for what a client got.
///
///     EXPECT_THAT(agent.run("status"), HasResult("ready"));
///     EXPECT_THAT(agent.run("world"), HasResult(json{{"entities", json::object()}}));
///     EXPECT_THAT([&] { agent.run("secret"); }, FailedWith("AUTH_REQUIRED"));
namespace procedura::testing {

namespace detail {

inline std::string_view result_text(const RunResult& result) {
  return result.text();
}
inline std::string_view result_text(const Event& event) {
  return event.result();
}
inline std::string_view result_text(const Snapshot& snapshot) {
  return snapshot.result.text();
}

/// Compares as JSON: the order of members does not count.
class HasResultMatcher {
 public:
  explicit HasResultMatcher(nlohmann::json wanted) : wanted_(std::move(wanted)) {}  // braces would make it an array

  template <typename Got>
  bool MatchAndExplain(const Got& got, ::testing::MatchResultListener* listener) const {
    const auto found = nlohmann::json::parse(result_text(got), nullptr, false);
    if (found == wanted_) return true;
    if (found.is_discarded()) {
      *listener << "which has none";
    } else if (wanted_.is_structured() && found.type() == wanted_.type()) {
      for (const auto& step : nlohmann::json::diff(wanted_, found)) *listener << "\n  " << words(step);
    } else {
      *listener << "which is " << shown(found);
    }
    return false;
  }

  void DescribeTo(std::ostream* out) const { *out << "has the result " << shown(wanted_); }
  void DescribeNegationTo(std::ostream* out) const { *out << "does not have the result " << shown(wanted_); }

 private:
  static std::string shown(const nlohmann::json& value) {
    // Only objects are redacted by their members; a result has them one level down at the most.
    const std::string frame = nlohmann::json{{"result", value}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const std::string redacted = protocol::redact_frame(frame);
    constexpr std::size_t before = std::string_view{R"({"result":)"}.size();
    return protocol::printable(protocol::excerpt(redacted.substr(before, redacted.size() - before - 1), 400));
  }
  /// A step of a JSON patch from what was wanted to what came.
  static std::string words(const nlohmann::json& step) {
    const std::string what = step.at("op");
    const std::string where = protocol::printable(step.at("path").get<std::string>());
    if (what == "remove") return "lacks " + where;
    return (what == "add" ? "has besides " : "has otherwise ") + where + ": " + shown(step.at("value"));
  }

  nlohmann::json wanted_;
};

class FailedWithMatcher {
 public:
  FailedWithMatcher(std::string code, ::testing::Matcher<std::string> message)
      : code_{std::move(code)}, message_{std::move(message)} {}

  bool MatchAndExplain(const Failure& failure, ::testing::MatchResultListener* listener) const {
    // The agent's own code, or the name of ours.
    const std::string code = failure.agent_code.empty() ? std::string{code_name(failure.code)} : failure.agent_code;
    if (code != code_) {
      *listener << "which failed with " << describe(failure);
      return false;
    }
    ::testing::StringMatchResultListener why;
    const bool met = message_.MatchAndExplain(failure.message, &why);
    if (!met) *listener << "whose message is \"" << protocol::printable(failure.message) << "\" " << why.str();
    return met;
  }
  bool MatchAndExplain(const Error& error, ::testing::MatchResultListener* listener) const {
    return MatchAndExplain(error.failure(), listener);
  }
  template <typename T>
  bool MatchAndExplain(const Result<T>& result, ::testing::MatchResultListener* listener) const {
    if (result.has_error()) return MatchAndExplain(result.error(), listener);
    *listener << "which did not fail";
    return false;
  }
  template <std::invocable Call>
  bool MatchAndExplain(const Call& call, ::testing::MatchResultListener* listener) const {
    try {
      call();
    } catch (const Error& error) {
      return MatchAndExplain(error.failure(), listener);
    }
    *listener << "which did not fail";
    return false;
  }

  void DescribeTo(std::ostream* out) const { describe_as("fails with ", out); }
  void DescribeNegationTo(std::ostream* out) const { describe_as("does not fail with ", out); }

 private:
  void describe_as(std::string_view verb, std::ostream* out) const {
    *out << verb << code_ << " and a message that ";
    message_.DescribeTo(out);
  }

  std::string code_;
  ::testing::Matcher<std::string> message_;
};

}  // namespace detail

/// Matches a `RunResult`, an `Event` or a `Snapshot` whose result is this JSON value, whatever the order of its members. When
/// it fails, it says where the two differ.
inline auto HasResult(nlohmann::json wanted) {
  return ::testing::MakePolymorphicMatcher(detail::HasResultMatcher{std::move(wanted)});
}

/// Matches what failed with this code, the agent's own or one of ours ("ACK_TIMEOUT"): a `Failure`, an `Error`, a `Result`, or
/// a call without arguments that throws an `Error`.
inline auto FailedWith(std::string code, ::testing::Matcher<std::string> message = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(detail::FailedWithMatcher{std::move(code), std::move(message)});
}
/// By our own code.
inline auto FailedWith(errc code, ::testing::Matcher<std::string> message = ::testing::_) {
  return FailedWith(std::string{code_name(code)}, std::move(message));
}

}  // namespace procedura::testing
