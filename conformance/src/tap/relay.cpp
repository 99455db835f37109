#include "relay.hpp"

#include <algorithm>

namespace procedura::conformance::tap {
namespace {

constexpr std::size_t first_bytes = 4096;
constexpr std::size_t record_overhead = sizeof(Record);

}  // namespace

void Recorder::add(Record record) {
  const std::size_t size = record.frame.payload.size() + record.text.size();
  // The end of a connection is always worth its place.
  if (all_.size() >= most_records_ && record.kind != Record::Kind::end) {
    forgotten_ += 1;
    return;
  }
  if (bytes_ + size > most_bytes_) {
    record.frame.payload.clear();
    record.frame.payload.shrink_to_fit();
    record.text.resize(std::min<std::size_t>(record.text.size(), 64));
  } else {
    bytes_ += size;
  }
  bytes_ += record_overhead;
  all_.push_back(std::move(record));
}

Sabotage both(Sabotage first, Sabotage then) {
  const auto chain = [](auto a, auto b) -> decltype(a) {
    if (!a || !b) {
      return a ? a : b;
    }
    return [a = std::move(a), b = std::move(b)](auto& thing, Hand& hand) {
      a(thing, hand);
      b(thing, hand);
    };
  };
  return {chain(std::move(first.request), std::move(then.request)), chain(std::move(first.response), std::move(then.response)),
          chain(std::move(first.from_client), std::move(then.from_client)),
          chain(std::move(first.from_agent), std::move(then.from_agent))};
}

Relay::Relay(unsigned connection, const Sabotage& sabotage, const std::function<void(Record)>& record, protocol::TimePoint now)
    : connection_{connection}, sabotage_{sabotage}, record_{record} {
  record_(make(Record::Kind::opened, Side::client, now));
}

Record Relay::make(Record::Kind kind, Side from, protocol::TimePoint now) const {
  Record record;
  record.kind = kind;
  record.connection = connection_;
  record.from = from;
  record.at = now;
  return record;
}

Orders Relay::take(Side from, std::string_view bytes, protocol::TimePoint now) {
  Orders orders;
  // A mere witness holds nothing back, not even the first half of a frame.
  if (sabotage_.empty()) {
    orders.to(other(from)) = bytes;
  }
  Stream& stream = of(from).stream;
  stream.put(bytes);
  while (auto item = stream.next()) {
    look_at(from, *item, orders, now);
  }
  return orders;
}

Orders Relay::ended(Side from, const std::string& how, protocol::TimePoint now) {
  Orders orders;
  if (!sabotage_.empty()) {
    orders.to(other(from)) = of(from).stream.rest();
  }
  Record record = make(Record::Kind::end, from, now);
  record.text = how;
  record_(std::move(record));
  return orders;
}

void Relay::look_at(Side from, Item& item, Orders& orders, protocol::TimePoint now) {
  if (item.kind == Item::Kind::head) {
    return head(from, item, orders, now);
  }
  if (item.kind == Item::Kind::frame) {
    return frame(from, item, orders, now);
  }
  Record record = make(Record::Kind::bytes, from, now);
  record.size = item.raw.size();
  if (!of(from).spoke_bytes) {
    of(from).spoke_bytes = true;
    record.text = item.raw.substr(0, first_bytes);
  }
  record_(std::move(record));
  if (!sabotage_.empty()) {
    orders.to(other(from)) += item.raw;
  }
}

void Relay::head(Side from, Item& item, Orders& orders, protocol::TimePoint now) {
  Record record = make(Record::Kind::head, from, now);
  record.head = item.head;
  record_(std::move(record));
  if (from == Side::client) {
    client_.stream.expect(item.head.asks_for_websocket() ? Stream::Expect::frames : Stream::Expect::bytes);
  } else if (const unsigned status = item.head.status(); status == 101) {
    agent_.stream.expect(Stream::Expect::frames);
    upgraded_ = true;
  } else if (status < 100 || status >= 200) {
    agent_.stream.expect(Stream::Expect::bytes);
    client_.stream.expect(Stream::Expect::bytes);
  }
  pass(from, from == Side::client ? sabotage_.request : sabotage_.response, item.head, item.raw, orders, now);
}

void Relay::frame(Side from, Item& item, Orders& orders, protocol::TimePoint now) {
  Record record = make(Record::Kind::frame, from, now);
  record.frame = item.frame;
  record_(std::move(record));
  if (item.frame.length != item.frame.payload.size()) {
    if (!sabotage_.empty()) {
      orders.to(other(from)) += item.raw;
    }
    return;
  }
  pass(from, from == Side::client ? sabotage_.from_client : sabotage_.from_agent, item.frame, item.raw, orders, now);
}

template <class Hook, class Thing>
void Relay::pass(Side from, const Hook& hook, Thing& thing, const std::string& raw, Orders& orders, protocol::TimePoint now) {
  if (sabotage_.empty()) {
    return;
  }
  std::string& out = orders.to(other(from));
  if (!hook) {
    out += raw;
    return;
  }
  const Thing before = thing;
  Hand hand{connection_, from, orders};
  hook(thing, hand);
  if (!hand.dropped()) {
    out += thing == before ? raw : render(thing);
  }
  out += hand.after();
  for (const std::string& what : hand.said()) {
    Record record = make(Record::Kind::fired, from, now);
    record.text = what;
    record_(std::move(record));
  }
}

}  // namespace procedura::conformance::tap
