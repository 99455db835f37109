#include "io/fleet.hpp"

#include <algorithm>
#include <utility>

namespace procedura::bench {
namespace {

// More at once would overflow the agent's queue of connections that it has not accepted yet.
constexpr std::size_t opening_at_once = 64;

}  // namespace

Fleet::Fleet(boost::asio::any_io_executor executor, const TransportOptions& transport, ConnectionEvents& events)
    : executor_{std::move(executor)}, transport_{transport}, events_{events} {}

void Fleet::open(std::size_t count) {
  wanted_ = count;
  while (connections_.size() < std::min(opening_at_once, wanted_)) dial(connections_.size());
}

void Fleet::open_again(std::size_t number) {
  gone_.merge(connections_[number]->traffic());
  --opened_;
  dial(number);
}

std::size_t Fleet::add() {
  if (free_.empty()) return dial(connections_.size());
  const std::size_t number = free_.back();
  free_.pop_back();
  return dial(number);
}

std::size_t Fleet::dial(std::size_t number) {
  if (number == connections_.size()) connections_.emplace_back();
  connections_[number] = std::make_unique<Connection>(executor_, number, events_);
  connections_[number]->open(transport_);
  ++alive_;
  return number;
}

void Fleet::close_all() {
  for (const auto& connection : connections_) {
    if (connection && !connection->over()) connection->close();
  }
}

void Fleet::opened(const HandshakeInfo& info) {
  ++opened_;
  times_.resolve.record(info.resolve_time.value_or(protocol::Duration{}));
  times_.connect.record(info.connect_time.value_or(protocol::Duration{}));
  if (info.tls_time) times_.tls.record(*info.tls_time);
  times_.upgrade.record(info.upgrade_time.value_or(protocol::Duration{}));
  if (info.tls && tls_version_.empty()) {
    tls_version_ = info.tls->version;
    tls_cipher_ = info.tls->cipher;
  }
  if (connections_.size() < wanted_) dial(connections_.size());
}

void Fleet::ended(std::size_t number) {
  --alive_;
  if (number >= wanted_) ended_.push_back(number);
}

void Fleet::sweep() {
  for (const std::size_t number : ended_) {
    gone_.merge(connections_[number]->traffic());
    connections_[number].reset();
    free_.push_back(number);
  }
  ended_.clear();
}

Traffic Fleet::traffic() const {
  Traffic all = gone_;
  for (const auto& connection : connections_) {
    if (connection) all.merge(connection->traffic());
  }
  return all;
}

}  // namespace procedura::bench
