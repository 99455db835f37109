#pragma once

#include <procedura/error.hpp>
#include <procedura/protocol/deadlines.hpp>

#include <cstdint>
#include <string>

/// What `ws ping` tells of its pings, as values; like ping(8).
namespace procedura::cli {

/// Round-trip times, in constant memory however many there are.
class RoundTrips {
 public:
  void sent() noexcept { ++sent_; }
  void answered(protocol::Duration time) noexcept;

  std::uint64_t sent_count() const noexcept { return sent_; }
  std::uint64_t answered_count() const noexcept { return answered_; }
  /// In percent of those sent; 0 if there were none.
  double loss() const noexcept;
  // Of those answered; nothing else may be asked when there are none.
  protocol::Duration min() const noexcept { return min_; }
  protocol::Duration max() const noexcept { return max_; }
  protocol::Duration mean() const noexcept;
  protocol::Duration mdev() const noexcept;  ///< the standard deviation

  /// "0.050/0.061/0.080/0.009"
  std::string min_avg_max_mdev() const;
  /// Members of a JSON object, without its braces: "sent", "received", "loss_percent", "min_ms", ... (null if none was
  /// answered).
  std::string members() const;

 private:
  std::uint64_t sent_ = 0;
  std::uint64_t answered_ = 0;
  protocol::Duration min_{};
  protocol::Duration max_{};
  double mean_ = 0;  // ns; Welford's recurrence: sums of squares would lose their digits
  double squares_ = 0;
};

/// What became of one ping.
std::string ping_line(std::uint64_t sequence, const Result<protocol::Duration>& pong);
std::string ping_object(std::uint64_t sequence, const Result<protocol::Duration>& pong);

/// Two lines, or one if none was answered. `took` is the time from the first ping to the end.
std::string ping_summary(const std::string& url, const RoundTrips& trips, protocol::Duration took);
std::string ping_summary_object(const std::string& url, const RoundTrips& trips, protocol::Duration took);

}  // namespace procedura::cli
