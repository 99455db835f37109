#pragma once

#include <procedura/protocol/deadlines.hpp>
#include <procedura/protocol/reply.hpp>
#include <procedura/protocol/request.hpp>

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// A frame of an exchange, and when it came (since the case began).
struct Frame {
  protocol::Reply reply;
  protocol::Duration at{};
};

/// One request and all that was said about it.
struct Exchange {
  std::string id;
  std::string cmd;
  protocol::Mode mode = protocol::Mode::sync;
  protocol::Duration sent_at{};
  std::vector<Frame> frames;  ///< in order, up to and with the terminal one
  std::vector<Frame> late;    ///< after the terminal one (END-1)
  std::size_t strange = 0;    ///< frames of a status that the protocol does not name, which clients ignore (RES-1)
  std::optional<std::string> job_id;
  std::vector<std::string> faults;  ///< frames with this `id` that cannot be read, or with another job's `job_id`
  std::string gave_up;              ///< why waiting for more was given up; empty while it was not
  bool cut_short = false;           ///< the case was over before the agent had its time: that says nothing of the agent

  bool over() const { return !frames.empty() && protocol::is_terminal(frames.back().reply.status); }
  const Frame* terminal() const { return over() ? &frames.back() : nullptr; }
  const Frame* first() const { return frames.empty() ? nullptr : &frames.front(); }
  std::size_t count(protocol::Status status) const;
};

/// Says which frame of a connection belongs to which request, with every freedom that the protocol leaves an agent (SYN-2,
/// ASY-2, ASY-3). Unlike a client's session it keeps what is wrong, because that is what it is for. Pure.
class Correlation {
 public:
  /// A request was sent. The reference stays good.
  Exchange& sent(std::string id, std::string cmd, protocol::Mode mode, protocol::Duration at);
  void text(std::string message, protocol::Duration at);
  void binary(std::size_t bytes);

  const std::deque<Exchange>& exchanges() const { return exchanges_; }
  /// Frames that belong to no request: neither id is known, or there is none.
  const std::vector<Frame>& untargeted() const { return untargeted_; }
  /// Messages that are no frames, each with what is wrong with it.
  const std::vector<std::string>& unreadable() const { return unreadable_; }

 private:
  Exchange* owner(const protocol::Reply& reply);
  Exchange* by_id(std::string_view id);
  Exchange* by_job(std::string_view job_id);
  Exchange* oldest_waiting_async();
  void take(Exchange& exchange, Frame frame);

  std::deque<Exchange> exchanges_;
  std::vector<Frame> untargeted_;
  std::vector<std::string> unreadable_;
};

}  // namespace procedura::conformance
