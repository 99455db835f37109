#pragma once

#include <procedura/mock/mock_agent.hpp>
#include <procedura/mock/request_search.hpp>
#include <procedura/testing/mock_printers.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// GoogleMock matchers for what a mock saw.
///
///     EXPECT_THAT(agent.journal(), Received("place_ooi_sprites", WithOption("n", 4), FromUser("ada"), Times(1)));
///     EXPECT_THAT(agent.journal(), Not(Received("reset_world")));
///     EXPECT_THAT(agent.verdict(), Met());
///
/// Conditions are those of scenarios (`matches`, `at_least`, `one_of`, ...: procedura/mock/request_match.hpp).
namespace procedura::testing {

using mock::script::Condition;

/// One more condition on the requests that `Received` looks for.
struct RequestPart {
  std::function<void(mock::script::Request&)> narrow;  ///< adds the condition
};

/// With an option like this: `WithOption("n", at_least(4))`.
inline RequestPart WithOption(std::string name, Condition condition) {
  return {[name = std::move(name), condition = std::move(condition)](auto& request) { request.option(name, condition); }};
}
/// An option without a value.
inline RequestPart WithFlag(std::string name) {
  return WithOption(std::move(name), true);
}
/// With this option, whatever its value.
inline RequestPart WithOption(std::string name) {
  return WithOption(std::move(name), mock::script::present());
}
/// A positional argument, from 0; one leading argument that is the module's name does not count.
inline RequestPart WithArg(std::size_t index, Condition condition) {
  return {[index, condition = std::move(condition)](auto& request) { request.arg(index, condition); }};
}
/// All positional arguments.
inline RequestPart WithArgs(std::vector<Condition> conditions) {
  return {[conditions = std::move(conditions)](auto& request) { request.args(conditions); }};
}
/// Of who was logged in.
inline RequestPart FromUser(Condition condition) {
  return {[condition = std::move(condition)](auto& request) { request.user(condition); }};
}
/// By the ordinal of the connection over the whole mock, from 1.
inline RequestPart OnConnection(Condition ordinal) {
  return {[ordinal = std::move(ordinal)](auto& request) { request.connection(ordinal); }};
}
/// `Mode::sync` or `Mode::async`.
inline RequestPart InMode(mock::script::Mode mode) {
  return {[mode](auto& request) { request.mode(mode); }};
}

/// How often: a number, or `AtLeast(2)`, `AtMost(2)`, `Between(1, 3)` of GoogleMock. At least once where it is not said.
struct Times {
  /// So often, exactly.
  Times(int exactly) : cardinality{::testing::Exactly(exactly)} {}  // NOLINT(google-explicit-constructor): stands for it
  /// As GoogleMock says it.
  Times(::testing::Cardinality how_often)  // NOLINT(google-explicit-constructor): stands for it
      : cardinality{std::move(how_often)} {}
  ::testing::Cardinality cardinality;  ///< what was said
};

namespace detail {

/// What `Received` is told besides the command.
struct Wanted {
  mock::script::Request request;
  std::optional<::testing::Cardinality> times;

  void add(const RequestPart& part) { part.narrow(request); }
  void add(const Times& how_often) { times = how_often.cardinality; }
};

class ReceivedMatcher {
 public:
  using is_gtest_matcher = void;

  explicit ReceivedMatcher(const Wanted& wanted)
      : search_{wanted.request}, times_{wanted.times.value_or(::testing::AtLeast(1))}, said_{wanted.times.has_value()} {}

  bool MatchAndExplain(const std::vector<mock::JournalEntry>& journal, ::testing::MatchResultListener* listener) const {
    const auto found = search_.in(journal);
    // A cardinality takes an int; nobody means more than that.
    const int count = static_cast<int>(std::min<std::size_t>(found.size(), 1U << 30U));
    const bool met = times_.IsSatisfiedByCallCount(count);
    *listener << (found.empty() ? "where none came" : "where came " + std::to_string(found.size()));
    if (!found.empty()) {
      *listener << ", the last one:\n  ";
      if (listener->IsInterested()) PrintTo(found.back(), listener->stream());
    }
    if (met || times_.IsOverSaturatedByCallCount(count)) return met;
    const std::string nearest = search_.nearest(journal);
    *listener << (nearest.empty() ? "\nno other request came" : "\nnearest: " + nearest);
    return met;
  }

  void DescribeTo(std::ostream* out) const { describe("has ", out); }
  void DescribeNegationTo(std::ostream* out) const { describe("does not have ", out); }

 private:
  void describe(std::string_view verb, std::ostream* out) const {
    *out << verb << "requests with " << search_.describe();
    if (!said_) return;
    *out << ", ";
    times_.DescribeTo(out);
  }

  mock::RequestSearch search_;
  ::testing::Cardinality times_;
  bool said_;
};

class MetMatcher {
 public:
  using is_gtest_matcher = void;

  MetMatcher() = default;
  explicit MetMatcher(std::string name) : name_{std::move(name)} {}

  bool MatchAndExplain(const mock::Verdict& verdict, ::testing::MatchResultListener* listener) const {
    if (!name_) {
      if (!verdict.met()) *listener << "which is\n" << verdict.report();
      return verdict.met();
    }
    bool known = false;
    bool met = true;
    for (const auto& one : verdict.expectations) {
      if (one.name != *name_) continue;
      known = true;
      if (one.met) continue;
      met = false;
      *listener << "where it is not met in partition " << one.partition << " (" << one.where
                << "): " << protocol::printable(one.detail, true) << '\n';
    }
    if (!known) *listener << "which has no expectation of that name";
    return known && met;
  }

  void DescribeTo(std::ostream* out) const { describe("is met", out); }
  void DescribeNegationTo(std::ostream* out) const { describe("is not met", out); }

 private:
  void describe(std::string_view what, std::ostream* out) const {
    if (name_) *out << "expectation \"" << *name_ << "\" ";
    *out << what;
  }

  std::optional<std::string> name_;
};

}  // namespace detail

/// Matches a journal with such requests in it: any number of `With...`, `FromUser`, `OnConnection`, `InMode`, and `Times`. When
/// it fails, it shows what came nearest. Throws `MockError` for a condition that cannot be one.
template <typename... Parts>
requires((std::same_as<Parts, RequestPart> ||
          std::same_as<Parts, Times>)&&...)::testing::Matcher < const std::vector<mock::JournalEntry>
& > Received(const Condition& cmd, const Parts&... parts) {
  detail::Wanted wanted{mock::script::request(cmd), {}};
  (wanted.add(parts), ...);
  return detail::ReceivedMatcher{wanted};
}

/// Matches a verdict in which everything is as it should be. When it fails, it shows the report.
inline ::testing::Matcher<const mock::Verdict&> Met() {
  return detail::MetMatcher{};
}
/// Matches a verdict in which the expectation of this name is met, in every partition that was used.
inline ::testing::Matcher<const mock::Verdict&> Met(std::string name) {
  return detail::MetMatcher{std::move(name)};
}

}  // namespace procedura::testing
