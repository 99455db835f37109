#pragma once

#include <procedura/conformance/runner.hpp>
#include <procedura/conformance/schedule.hpp>
#include <procedura/conformance/secrets.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// What came of one case, sealed: nothing in it is secret.
struct Told {
  std::map<std::string_view, Finding> findings;
  std::string unjudged;  ///< why the rest was not; empty if all should have been
  Transcript transcript;
  Duration took{};
};

/// One worker's way to tell cases. Used by one thread.
class Teller {
 public:
  virtual ~Teller() = default;
  virtual Told tell(const CaseSpec& spec) = 0;
  virtual TimePoint now() = 0;
};

/// Why a case was not told to its end when it met `RunOver`.
inline constexpr const char* not_reached = "not reached: the run's time was over (--max-time)";
inline constexpr const char* not_reached_by_signal = "not reached: the run was interrupted";

/// Calls `story`, and turns what it throws into what it means. `findings`, `transcript`: of the case, read when it is over.
/// Sealed here, at the one place where findings leave a case.
Told told_of(const CaseSpec& spec, const Secrets& secrets, const std::function<void()>& story,
             const std::map<std::string_view, Finding>& findings, const Transcript& transcript);

/// Once more, with all that was learned in the whole run: an agent may show in one case what it issues in a later one.
void seal(RunReport& report, const protocol::Redactor& redactor);

/// The cases of a run on their way through the workers, in either direction. Thread-safe.
class Suite {
 public:
  Suite(const Registry& registry, const Offering& offering, const RunOptions& options, const Progress& progress);

  void begin(TimePoint now) { ends_ = now + options_.max_time; }
  TimePoint ends() const { return ends_; }
  /// What has not been started never will be.
  void give_up(const std::string& why);
  bool out_of_time() const { return out_of_time_; }
  bool interrupted() const { return options_.interrupted != nullptr && *options_.interrupted; }

  /// Works until nothing is left to be begun: on this thread with `first`, on `options.jobs - 1` others with one more each.
  void work(Teller& first, const std::function<std::unique_ptr<Teller>()>& more);

  /// All that a report says of the cases. Once `work` has returned.
  RunReport report(Subject subject);

 private:
  void work(Teller& teller);
  const CaseSpec* take(Teller& teller, std::unique_lock<std::mutex>& lock);
  std::vector<CaseResult> results();

  const Registry& registry_;
  const Offering& offering_;
  const RunOptions& options_;
  const Progress& progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Schedule schedule_;
  std::size_t all_;
  std::map<std::string_view, Told> told_;
  TimePoint ends_{};
  bool out_of_time_ = false;
  bool cut_short_ = false;
};

}  // namespace procedura::conformance
