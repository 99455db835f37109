#pragma once

#include <procedura/conformance/tap/frame.hpp>
#include <procedura/conformance/tap/head.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace procedura::conformance::tap {

/// Who speaks, or is spoken to. Between the suite and an agent, the suite is the client.
enum class Side : std::uint8_t { client, agent };

constexpr Side other(Side side) noexcept {
  return side == Side::client ? Side::agent : Side::client;
}

/// What is to be done with a connection, as a value.
struct Orders {
  struct Later {
    std::chrono::milliseconds after;
    Side to;
    std::string bytes;
  };
  enum class End : std::uint8_t { none, hang_up, reset };

  std::string to_client;
  std::string to_agent;
  std::string to_other_clients;  ///< on each other connection through this tap that has been upgraded
  std::string to_other_agents;
  std::vector<Later> later;
  End end = End::none;  ///< once what is above has left

  std::string& to(Side side) { return side == Side::client ? to_client : to_agent; }
  std::string& to_others(Side side) { return side == Side::client ? to_other_clients : to_other_agents; }
};

/// What a sabotage can do while it looks at a head or a frame that passes.
class Hand {
 public:
  Hand(unsigned connection, Side from, Orders& orders) : connection_{connection}, from_{from}, orders_{orders} {}

  unsigned connection() const { return connection_; }  ///< through this tap, from 1
  /// Says what was done, for the journal: the proof that the rule was broken. What is not said did not happen.
  void fired(std::string what) { fired_.push_back(std::move(what)); }

  void drop() { dropped_ = true; }  ///< what is looked at is not passed on
  void send(Side to, const Frame& frame) { orders_.to(to) += as_from(other(to), frame); }  ///< before what is looked at
  /// Behind what is looked at, the same way.
  void send_after(const Frame& frame) { after_ += as_from(from_, frame); }
  void send_later(std::chrono::milliseconds after, Side to, const Frame& frame) {
    orders_.later.push_back({after, to, as_from(other(to), frame)});
  }
  void send_to_others(Side to, const Frame& frame) { orders_.to_others(to) += as_from(other(to), frame); }
  void send_bytes(Side to, std::string_view bytes) { orders_.to(to) += bytes; }  ///< as they are

  /// Ends the connection on both sides: by FIN, without a Close, unless one was sent.
  void hang_up() { orders_.end = Orders::End::hang_up; }
  void reset() { orders_.end = Orders::End::reset; }  ///< by RST
  /// The agent closes, instead of what is looked at: a Close with this code to the client, and the end.
  void close(std::uint16_t code) {
    drop();
    send(Side::client, Frame::close(code));
    hang_up();
  }

  bool dropped() const { return dropped_; }
  const std::string& after() const { return after_; }
  const std::vector<std::string>& said() const { return fired_; }

 private:
  // Whatever goes to an agent is masked, as a client's frames have to be.
  static std::string as_from(Side from, Frame frame) {
    if (from == Side::client && !frame.mask) {
      frame.mask = MaskKey{0x12, 0x34, 0x56, 0x78};
    }
    if (from == Side::agent) {
      frame.mask.reset();
    }
    return render(frame);
  }

  unsigned connection_;
  Side from_;
  Orders& orders_;
  bool dropped_ = false;
  std::string after_;
  std::vector<std::string> fired_;
};

/// A few lines that alter what passes between a client and an agent: how a correct agent is made to break one rule. Each hook
/// may be left out; what it leaves unaltered passes byte for byte. A frame over 32 MiB is not shown to them. All hooks of a tap
/// are called on one thread, so what they remember needs no lock.
struct Sabotage {
  std::function<void(Head&, Hand&)> request{};       ///< each request head; of an upgrade, normally
  std::function<void(Head&, Hand&)> response{};      ///< each response head, that of the upgrade among them
  std::function<void(Frame&, Hand&)> from_client{};  ///< each frame; fragments of a message come one by one
  std::function<void(Frame&, Hand&)> from_agent{};

  bool empty() const { return !request && !response && !from_client && !from_agent; }
};

/// `first`, then `then`, each at what the other left.
Sabotage both(Sabotage first, Sabotage then);

}  // namespace procedura::conformance::tap
