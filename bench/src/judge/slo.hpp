#pragma once

#include "measure/metrics.hpp"
#include "measure/units.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace procedura::bench {

/// A bound that a run has to keep: `p99<20ms`, `ack.p50<=1ms`, `service.response.p90<5ms`, `failed<0.1%`.
///
/// Without a metric it is about `response`. `failed` bounds the failed jobs among those that ended, in percent. Bounds are
/// upper ones: `<` or `<=`.
struct Slo {
  struct Latency {
    Metric metric = Metric::response;
    Quantile quantile{500'000};
    Nanos bound{0};
  };
  struct FailedShare {
    double percent = 0;
  };

  std::string text;  ///< as written
  std::variant<Latency, FailedShare> what;
  bool or_equal = false;
};

/// Why an expression is no SLO, and what one looks like. One line.
struct SloError {
  std::string message;
};

std::variant<Slo, SloError> parse_slo(std::string_view text);

/// How a run did against one SLO.
struct SloResult {
  /// `inconclusive`: the sample cannot carry the quantile that the SLO names, or it is met by the jobs that finished, but would
  /// not be if those that had not ended at the cut-off were slower.
  enum class State : std::uint8_t { met, failed, inconclusive } state = State::met;
  Slo slo;
  std::string detail;  ///< for people: the figure, or what is missing
};

std::string_view to_string(SloResult::State state) noexcept;

SloResult judge(const Slo& slo, const Metrics& metrics);

}  // namespace procedura::bench
