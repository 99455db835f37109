#pragma once

#include "stream.hpp"

#include <procedura/conformance/tap/record.hpp>
#include <procedura/conformance/tap/sabotage.hpp>

#include <functional>

namespace procedura::conformance::tap {

/// One connection through a tap: bytes of either side go in, what to do with them comes out. Pure.
class Relay {
 public:
  /// Both referred to must outlive it.
  Relay(unsigned connection, const Sabotage& sabotage, const std::function<void(Record)>& record, protocol::TimePoint now);

  Orders take(Side from, std::string_view bytes, protocol::TimePoint now);
  /// This side says no more; `how`: "FIN", "RST", or another reason. What was held back of it is let go.
  Orders ended(Side from, const std::string& how, protocol::TimePoint now);
  /// Both sides speak in frames.
  bool upgraded() const { return upgraded_; }

 private:
  struct Direction {
    Stream stream{};
    bool spoke_bytes = false;
  };

  void look_at(Side from, Item& item, Orders& orders, protocol::TimePoint now);
  void head(Side from, Item& item, Orders& orders, protocol::TimePoint now);
  void frame(Side from, Item& item, Orders& orders, protocol::TimePoint now);
  template <class Hook, class Thing>
  void pass(Side from, const Hook& hook, Thing& thing, const std::string& raw, Orders& orders, protocol::TimePoint now);
  Direction& of(Side side) { return side == Side::client ? client_ : agent_; }
  Record make(Record::Kind kind, Side from, protocol::TimePoint now) const;

  unsigned connection_;
  const Sabotage& sabotage_;
  const std::function<void(Record)>& record_;
  Direction client_;
  Direction agent_;
  bool upgraded_ = false;
};

}  // namespace procedura::conformance::tap
