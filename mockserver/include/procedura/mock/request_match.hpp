#pragma once

#include <procedura/mock/json_text.hpp>
#include <procedura/protocol/request.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The words of a scenario file, for use in code. Everything that is written with them is loaded as a scenario file would be,
/// with the same checks and the same messages.
///
///     using namespace procedura::mock::script;
namespace procedura::mock::script {

using protocol::Mode;

/// What a field of a request must be like: a value that it must equal (`true`: an option without a value), or one of the
/// conditions below.
class Condition {
 public:
  /// A value that the field must equal: a number, a text or a boolean.
  template <typename Value>
  requires(std::constructible_from<Scalar, Value>)
      Condition(Value&& value)  // NOLINT(google-explicit-constructor): stands for it
      : json_{Scalar{std::forward<Value>(value)}.json()} {}

  /// Any condition, as a scenario file has it: `of_json(R"({"atLeast": 4})")`.
  static Condition of_json(std::string json) { return Condition{Raw{}, std::move(json)}; }
  /// As in a scenario file.
  const std::string& json() const noexcept { return json_; }

 private:
  struct Raw {};
  Condition(Raw, std::string json) : json_{std::move(json)} {}
  std::string json_;
};

Condition matches(std::string_view pattern);          ///< RE2, anywhere in the text unless anchored
Condition contains(std::string_view part);            ///< a text with this in it
Condition one_of(const std::vector<Scalar>& values);  ///< equals one of them
Condition absent();                                   ///< is not there
Condition present();                                  ///< is there, whatever it is
Condition at_least(double low);                       ///< a number, or the text of one; `low` included
Condition at_most(double high);                       ///< a number, or the text of one; `high` included
Condition between(double low, double high);           ///< both included

namespace detail {

/// The `match` of a scenario.
class MatchFields {
 public:
  void field(std::string_view name, std::string json);
  void element(std::string_view list, std::size_t index, const Condition& condition);
  void whole(std::string_view list, const std::vector<Condition>& conditions);
  void option(std::string_view name, const Condition& condition);
  std::string json() const;
  /// What such requests may be called: their command, and what else they must have.
  std::string name() const;

 private:
  std::string members(bool with_cmd) const;
  std::map<std::string, std::string, std::less<>> fields_;
  std::map<std::string, std::map<std::string, std::string>, std::less<>> elements_;
  std::map<std::string, std::string, std::less<>> options_;
};

}  // namespace detail

/// The conditions on a request, for whoever speaks of one. What is not named is not looked at. Given again, a condition
/// replaces the earlier one.
template <typename Derived>
class Conditions {
 public:
  /// `Mode::sync` or `Mode::async`.
  Derived& mode(Mode mode) { return with("mode", Scalar{protocol::to_string(mode)}); }
  /// One positional argument, from 0.
  Derived& arg(std::size_t index, const Condition& condition) { return with_element("args", index, condition); }
  /// All positional arguments: these and no more.
  Derived& args(const std::vector<Condition>& conditions) { return with_all("args", conditions); }
  /// One argument as it was sent, options and their values counted, from 0.
  Derived& raw_arg(std::size_t index, const Condition& condition) { return with_element("raw_args", index, condition); }
  /// All arguments as they were sent: these and no more.
  Derived& raw_args(const std::vector<Condition>& conditions) { return with_all("raw_args", conditions); }
  /// An option by its name without dashes: `option("n", 4)`, `option("n", "4")`, `option("n", absent())`.
  Derived& option(std::string_view name, const Condition& condition) {
    match_.option(name, condition);
    return self();
  }
  /// An option without a value: `flag("terse")`.
  Derived& flag(std::string_view name) { return option(name, true); }
  /// Who is logged in on its connection.
  Derived& user(const Condition& condition) { return with("user", condition); }
  /// The device of that session.
  Derived& device(const Condition& condition) { return with("device", condition); }
  /// The ordinal of its connection in the partition, from 1.
  Derived& connection(const Condition& condition) { return with("connection", condition); }

 protected:
  Conditions() = default;
  /// With a condition on the command.
  explicit Conditions(const Condition& cmd) { match_.field("cmd", cmd.json()); }
  /// What has been said so far.
  const detail::MatchFields& match() const noexcept { return match_; }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
  Derived& with(std::string_view field, const Condition& condition) {
    match_.field(field, condition.json());
    return self();
  }
  Derived& with_element(std::string_view list, std::size_t index, const Condition& condition) {
    match_.element(list, index, condition);
    return self();
  }
  Derived& with_all(std::string_view list, const std::vector<Condition>& conditions) {
    match_.whole(list, conditions);
    return self();
  }

  detail::MatchFields match_;
};

/// Which requests are meant: `request("place_ooi_sprites").option("n", at_least(4))`.
class Request : public Conditions<Request> {
 public:
  /// Any request.
  Request() = default;
  /// Those of this command.
  template <typename Cmd>
  requires(std::constructible_from<Condition, Cmd> && !std::derived_from<std::remove_cvref_t<Cmd>, Request>)
      Request(Cmd&& cmd)  // NOLINT(google-explicit-constructor): a command stands for its requests
      : Conditions{Condition{std::forward<Cmd>(cmd)}} {}

  /// As in a scenario file.
  std::string json() const { return match().json(); }
};

/// Any request.
inline Request request() {
  return {};
}
/// Those of this command.
inline Request request(const Condition& cmd) {
  return Request{cmd};
}

}  // namespace procedura::mock::script
