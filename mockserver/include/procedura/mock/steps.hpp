#pragma once

#include <procedura/mock/json_text.hpp>
#include <procedura/mock/request_match.hpp>

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The steps of a reply, as in a scenario file ("Steps" in mockserver/docs/scenario.md). Texts in JSON values may have
/// placeholders: `finished("${args[0]}")`. Those that take an `ordered_json` need <nlohmann/json.hpp> where they are called
/// with one.
namespace procedura::mock::script {

/// When a step is played: `fault("reset").when(instance(at_most(2)))`.
class When {
 public:
  /// What is looked at.
  enum class Of : std::uint8_t { instance, connection, variable };
  /// `variable`: its name, for `Of::variable`.
  When(Of of, std::string_view variable, const Condition& condition) : of_{of}, variable_{variable}, json_{condition.json()} {}

 private:
  friend class Step;
  Of of_;
  std::string variable_;
  std::string json_;
};
When instance(const Condition& ordinal);                           ///< among those of its stub in the partition, from 1
When connection(const Condition& ordinal);                         ///< in the partition, from 1
When variable(std::string_view name, const Condition& condition);  ///< set by a step `set`

/// Which ids a frame bears.
enum class Target : std::uint8_t { id, job_id, both };
std::string_view to_string(Target target) noexcept;  ///< as in a scenario
/// How far a variable reaches.
enum class Scope : std::uint8_t { instance, connection, partition };
std::string_view to_string(Scope scope) noexcept;  ///< as in a scenario

/// One step of a reply.
class Step {
 public:
  /// `{action: json}`, as a scenario file has it.
  Step(std::string_view action, std::string json);

  /// It is played only when all of this holds.
  template <typename... More>
  Step& when(const When& first, const More&... more) {
    add_when(first);
    (add_when(more), ...);
    return *this;
  }
  /// Which ids its frame bears; default: as the scenario says.
  Step& target(Target target);
  /// One more member, as JSON.
  Step& with(std::string_view member, std::string json);

  /// As in a scenario file.
  std::string json() const;

 private:
  void add_when(const When& when);
  std::vector<std::pair<std::string, std::string>> members_;
  std::vector<std::pair<std::string, std::string>> when_;
  std::vector<std::pair<std::string, std::string>> variables_;
};

/// How long a `delay` lasts: a duration, or drawn anew each time.
class Delay {
 public:
  /// Always the same.
  template <typename Rep, typename Period>
  Delay(std::chrono::duration<Rep, Period> fixed)  // NOLINT(google-explicit-constructor): stands for it
      : Delay{std::chrono::duration_cast<std::chrono::nanoseconds>(fixed)} {}
  /// @overload
  Delay(std::chrono::nanoseconds fixed);  // NOLINT(google-explicit-constructor): stands for it

  /// As a scenario file has it.
  static Delay of_json(std::string json);
  /// Never longer than this.
  Delay& max(std::chrono::nanoseconds longest);
  /// As in a scenario file.
  const std::string& json() const noexcept { return json_; }

 private:
  friend Step delay(const Delay& length);
  std::string json_;
  std::optional<std::string> max_;
};
Delay uniform(std::chrono::nanoseconds min, std::chrono::nanoseconds max);     ///< each length between the two as likely
Delay normal(std::chrono::nanoseconds mean, std::chrono::nanoseconds stddev);  ///< never negative
Delay lognormal(std::chrono::nanoseconds median, double sigma);  ///< `sigma`: of the logarithm; 0.5 is a wide tail

// --- frames
Step accept();                                        ///< an ack for a sync, a started for an async request
Step ack();                                           ///< `status`: `ack`
Step started();                                       ///< with a `job_id`
Step running();                                       ///< without further members
Step running(const nlohmann::ordered_json& members);  ///< these members besides
/// @overload
Step running(const JsonText& members);
Step finished();                                      ///< with null
Step finished(const nlohmann::ordered_json& result);  ///< with this `result`
/// @overload
Step finished(const JsonText& result);
Step error(std::string_view code, std::string_view message);  ///< ends the request
/// @overload
Step error(std::string_view code, std::string_view message, const nlohmann::ordered_json& members);
/// @overload
Step error(std::string_view code, std::string_view message, const JsonText& members);
Step send(const nlohmann::ordered_json& frame);  ///< exactly this frame
/// @overload
Step send(const JsonText& frame);
Step raw(std::string_view text);                      ///< exactly this text message, JSON or not
Step raw_bytes(std::string_view bytes);               ///< as a binary message
Step broadcast(const nlohmann::ordered_json& frame);  ///< to every connection of the partition
/// @overload
Step broadcast(const JsonText& frame);

// --- time and order
Step delay(const Delay& length);  ///< before the next step: `delay(20ms)`
/// Does the steps so many times (a number, or a text with a placeholder); `${as}` counts from 0.
Step repeat(const Scalar& times, std::string_view as, const std::vector<Step>& steps);
/// Holds the reply until such a request comes from now on, 30 s at most unless `limit` says otherwise.
Step await(const Request& request, std::optional<std::chrono::nanoseconds> limit = {});

// --- state
/// `${var.name}` from now on.
Step set(std::string_view name, const Scalar& value, Scope scope = Scope::instance);
/// @overload
Step set(std::string_view name, const JsonText& value, Scope scope = Scope::instance);

// --- endings and faults
Step close_with(std::uint16_t code, std::string_view reason = {});  ///< a Close frame; what is live ends without a reply
/// `fault("reset")`, `fault("close", 1006)`, `fault("dribble", 5ms)`: see mockserver/docs/faults.md.
Step fault(std::string_view name);
/// @overload
Step fault(std::string_view name, const Scalar& value);
/// @overload
Step fault(std::string_view name, const Delay& value);

}  // namespace procedura::mock::script
