#include "address_attempts.hpp"

#include <algorithm>

namespace procedura::detail {

TcpEndpoints in_order_of_attempts(const TcpEndpoints& found, std::size_t most) {
  TcpEndpoints ordered;
  TcpEndpoints others;  // not of the first one's family
  TcpEndpoints same;
  for (const auto& endpoint : found) {
    TcpEndpoints& family = endpoint.protocol() == found.front().protocol() ? same : others;
    if (std::find(family.begin(), family.end(), endpoint) == family.end()) family.push_back(endpoint);
  }
  for (std::size_t i = 0; i < std::max(same.size(), others.size()); ++i) {
    if (i < same.size()) ordered.push_back(same[i]);
    if (i < others.size()) ordered.push_back(others[i]);
  }
  ordered.resize(std::min(ordered.size(), most));
  return ordered;
}

AddressAttempts::AddressAttempts(std::size_t addresses, protocol::Duration delay) : addresses_{addresses}, delay_{delay} {}

std::optional<AddressAttempts::Index> AddressAttempts::start(Time now) {
  return begin(now);
}

std::optional<AddressAttempts::Index> AddressAttempts::timer(Time now) {
  if (!next_ || now < *next_) return std::nullopt;
  return begin(now);
}

std::optional<AddressAttempts::Index> AddressAttempts::failed(Index /*attempt*/, Time now) {
  --live_;
  return begin(now);
}

void AddressAttempts::succeeded(Index attempt) {
  --live_;
  if (!winner_) winner_ = attempt;
  next_.reset();
}

std::optional<AddressAttempts::Index> AddressAttempts::begin(Time now) {
  next_.reset();
  if (winner_ || begun_ == addresses_) return std::nullopt;
  ++live_;
  const Index index = begun_++;
  if (begun_ < addresses_) next_ = now + std::chrono::duration_cast<Time::duration>(delay_);
  return index;
}

}  // namespace procedura::detail
