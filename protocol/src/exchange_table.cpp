#include "exchange_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace procedura::protocol {
namespace {

constexpr std::size_t id_digits = 8;

}  // namespace

std::string ExchangeTable::id_of(ExchangeKey key) const {
  std::array<char, id_digits> digits{};
  auto rest = static_cast<std::uint32_t>(first_id_ + key);
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest >>= 4U) *digit = "0123456789abcdef"[rest & 0xFU];
  return {digits.data(), digits.size()};
}

ExchangeKey ExchangeTable::add(Exchange exchange) {
  // The ids come round after 2^32 requests: one that is still live by then is passed over.
  constexpr ExchangeKey round = ExchangeKey{1} << 32U;
  while (next_key_ >= round && live_.contains(next_key_ - round)) ++next_key_;
  const ExchangeKey key = next_key_++;
  exchange.id = id_of(key);
  live_.emplace(key, std::move(exchange));
  return key;
}

Exchange* ExchangeTable::find(ExchangeKey key) {
  const auto found = live_.find(key);
  return found == live_.end() ? nullptr : &found->second;
}

const Exchange* ExchangeTable::find(ExchangeKey key) const {
  const auto found = live_.find(key);
  return found == live_.end() ? nullptr : &found->second;
}

std::optional<Exchange> ExchangeTable::remove(ExchangeKey key) {
  auto node = live_.extract(key);
  if (node.empty()) return std::nullopt;
  Exchange& exchange = node.mapped();
  if (exchange.job_id) {
    jobs_.erase(*exchange.job_id);
    remember_ended(*exchange.job_id);
  }
  return std::move(exchange);
}

std::optional<ExchangeKey> ExchangeTable::issued(std::string_view id) const {
  if (id.size() != id_digits || id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(id.data(), id.data() + id.size(), number, 16);
  const std::uint32_t low = number - first_id_;
  // Of the keys that share this id, the latest that was given out.
  const ExchangeKey round = ExchangeKey{1} << 32U;
  ExchangeKey key = (next_key_ & ~(round - 1)) | low;
  if (key >= next_key_) {
    if (key < round) return std::nullopt;
    key -= round;
  }
  return key;
}

std::optional<ExchangeKey> ExchangeTable::live_job(std::string_view job_id) const {
  const auto found = jobs_.find(job_id);
  return found == jobs_.end() ? std::nullopt : std::optional{found->second};
}

void ExchangeTable::learn_job(ExchangeKey key, std::string_view job_id) {
  Exchange* exchange = find(key);
  if (exchange == nullptr || exchange->job_id || jobs_.contains(job_id)) return;
  exchange->job_id.emplace(job_id);
  jobs_.emplace(*exchange->job_id, key);
}

void ExchangeTable::remember_ended(std::string_view job_id) {
  const std::size_t print = print_of(job_id);
  if (remembered_jobs_ == 0 || !ended_jobs_.insert(print).second) return;
  ended_order_.push_back(print);
  if (ended_order_.size() > remembered_jobs_) {
    ended_jobs_.erase(ended_order_.front());
    ended_order_.pop_front();
  }
}

std::vector<ExchangeKey> ExchangeTable::keys_in_order() const {
  std::vector<ExchangeKey> keys;
  keys.reserve(live_.size());
  for (const auto& [key, exchange] : live_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace procedura::protocol
