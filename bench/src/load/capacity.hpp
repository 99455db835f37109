#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::bench {

/// What a run at one rate says about it.
enum class RateFinding : std::uint8_t {
  kept,       ///< valid, and every SLO is met
  broken,     ///< the agent does not keep an SLO, or does not keep up
  unclear,    ///< valid, but the sample is too small for an SLO
  generator,  ///< this machine could not make the load: nothing is said about the agent
};

std::string_view to_string(RateFinding finding) noexcept;

/// One run of the search.
struct CapacityStep {
  double rate = 0;  ///< jobs per second
  bool confirming = false;
  RateFinding finding = RateFinding::kept;
  std::string why;  ///< for people: the SLO or the reason that decided; empty where all is met
  bool operator==(const CapacityStep&) const = default;
};

/// Looks for the highest rate that an agent keeps its SLOs at, as a value: told what each run found, it says which rate to run
/// next. Pure.
///
/// It doubles until a rate is not kept (or halves until one is), narrows the gap by its geometric mean to `precision`, and
/// then confirms what it found with runs of their own: the highest of many rates that went well once is too high by chance.
/// A rate that is not confirmed is given up for one a step lower. A rate that the generator could not make is run once more,
/// and then taken for a bound of the search, not of the agent. A sample that is too small while it doubles is no reason to
/// stop; the rate that is found at last has to have one that is large enough.
class CapacitySearch {
 public:
  static constexpr double precision = 0.05;  ///< between the rate that is found and the lowest that was not kept
  static constexpr int confirmations = 2;    ///< runs that have to keep what was found
  static constexpr std::size_t most_steps = 40;

  /// What the rate was not looked for beyond.
  enum class Bound : std::uint8_t { agent, generator, highest_rate };

  struct Try {
    double rate;
    bool confirming;
  };
  struct Found {
    std::optional<double> rate;  ///< nothing: not even the lowest rate was kept
    Bound bound = Bound::agent;
    std::optional<double> beyond;  ///< the lowest rate above it that was not kept
    bool confirmed = false;        ///< false: it was kept, but not `confirmations` times, or its samples are too small
  };
  using Next = std::variant<Try, Found>;

  /// Both in jobs per second, above 0; `highest` is not gone beyond.
  CapacitySearch(double first_rate, double highest);

  Next next() const;
  /// What a run at the rate of `next` found; `next` has to have asked for one.
  void found(RateFinding finding, std::string why = {});

  /// What is known by now, whether the search is over or not.
  Found so_far() const;
  const std::vector<CapacityStep>& steps() const noexcept { return steps_; }

 private:
  void kept(double rate);
  void not_kept(double rate, Bound bound);
  void narrow();

  double highest_;
  double lowest_;
  double rate_;                        // to run next
  std::optional<double> low_;          // the highest that was kept
  std::optional<double> high_;         // the lowest that was not
  Bound bound_ = Bound::highest_rate;  // why high_ was not
  bool confirming_ = false;
  int confirmed_ = 0;
  bool small_sample_ = false;  // of a confirmation
  bool again_ = false;         // the generator failed at rate_ once
  bool over_ = false;
  std::vector<CapacityStep> steps_;
};

std::string_view to_string(CapacitySearch::Bound bound) noexcept;

/// A search as a report tells of it.
struct CapacityReport {
  CapacitySearch::Found found;
  std::vector<CapacityStep> steps;
};

/// For people: what was found in a sentence, and a line for each step.
std::string text_report(const CapacityReport& search);

}  // namespace procedura::bench
