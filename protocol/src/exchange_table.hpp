#pragma once

#include "exchange.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace procedura::protocol {

/// The live exchanges of a session, and by which names frames find them.
///
/// Wire ids are a counter in hex, so that an id tells its key: a frame is matched without a map of ids, and a frame for an
/// exchange that is over can be told from one that never was ours.
class ExchangeTable {
 public:
  ExchangeTable(std::uint32_t first_id, std::size_t remembered_jobs) : first_id_{first_id}, remembered_jobs_{remembered_jobs} {}

  /// Makes room for an exchange; its `id` is set.
  ExchangeKey add(Exchange exchange);
  Exchange* find(ExchangeKey key);
  const Exchange* find(ExchangeKey key) const;
  /// Takes an exchange out. Its job id stays known as late for a while.
  std::optional<Exchange> remove(ExchangeKey key);

  /// The key of a wire id that this session gave out, live or not.
  std::optional<ExchangeKey> issued(std::string_view id) const;
  std::optional<ExchangeKey> live_job(std::string_view job_id) const;
  bool ended_job(std::string_view job_id) const { return ended_jobs_.contains(print_of(job_id)); }
  /// Learns what the agent calls the job of a live exchange. The first name stays; one that another job bears is not taken.
  void learn_job(ExchangeKey key, std::string_view job_id);
  /// Remembers a job that ended before it had an exchange of its own.
  void remember_ended(std::string_view job_id);

  std::size_t size() const noexcept { return live_.size(); }
  std::vector<ExchangeKey> keys_in_order() const;

 private:
  std::string id_of(ExchangeKey key) const;
  // A job's name is the peer's and may have megabytes: what is kept of one that is over has a fixed size.
  static std::size_t print_of(std::string_view job_id) { return std::hash<std::string_view>{}(job_id); }

  std::uint32_t first_id_;
  std::size_t remembered_jobs_;
  ExchangeKey next_key_ = 0;
  std::unordered_map<ExchangeKey, Exchange> live_;
  std::unordered_map<std::string_view, ExchangeKey> jobs_;  // views into live_, whose nodes do not move
  std::unordered_set<std::size_t> ended_jobs_;              // also of names that live again (ASY-4): those are looked up first
  std::deque<std::size_t> ended_order_;
};

/// The async requests that have had no frame, oldest first: whom a `started` without an id is for (ASY-2). One that was given
/// up keeps its place until its own `started` has come.
class StartQueue {
 public:
  void add(ExchangeKey key) {
    // An agent that answers nothing must not make us remember for ever.
    if (waiting_.size() == most) waiting_.erase(waiting_.begin());
    waiting_.insert(waiting_.end(), key);
  }
  void remove(ExchangeKey key) { waiting_.erase(key); }
  bool empty() const noexcept { return waiting_.empty(); }
  ExchangeKey oldest() const { return *waiting_.begin(); }

 private:
  static constexpr std::size_t most = 65'536;
  std::set<ExchangeKey> waiting_;
};

}  // namespace procedura::protocol
