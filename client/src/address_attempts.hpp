#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace procedura {

using TcpEndpoints = std::vector<boost::asio::ip::tcp::endpoint>;

}  // namespace procedura

namespace procedura::detail {

/// In the order in which they are to be tried (RFC 8305, 4): the families take turns, beginning with that of the first; within
/// a family the system's order (RFC 6724) stays. Each only once, and no more than `most` of them: who answers for a name may
/// list as many as he likes.
TcpEndpoints in_order_of_attempts(const TcpEndpoints& found, std::size_t most = 16);

/// When to try which address (RFC 8305, 5): the next one begins when one has failed, or when the last one begun has had
/// `delay` without an answer; those begun go on. The first to succeed wins. Pure: time is an input.
class AddressAttempts {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Index = std::size_t;

  AddressAttempts(std::size_t addresses, protocol::Duration delay);

  // Each says which attempt to begin now, if any.
  std::optional<Index> start(Time now);
  std::optional<Index> timer(Time now);
  std::optional<Index> failed(Index attempt, Time now);
  /// Nothing more is begun.
  void succeeded(Index attempt);

  /// When `timer` is to be called.
  std::optional<Time> next() const noexcept { return next_; }
  std::optional<Index> winner() const noexcept { return winner_; }
  /// All addresses have failed.
  bool exhausted() const noexcept { return !winner_ && begun_ == addresses_ && live_ == 0; }

 private:
  std::optional<Index> begin(Time now);

  std::size_t addresses_;
  protocol::Duration delay_;
  std::size_t begun_ = 0;
  std::size_t live_ = 0;
  std::optional<Time> next_;
  std::optional<Index> winner_;
};

}  // namespace procedura::detail
