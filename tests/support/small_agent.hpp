#pragma once

#include "scripted_peer.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace procedura::testing {

/// An agent of the simplest kind on a `ScriptedPeer`: it answers each request by the module's entry, in the order they come. In
/// a reply, `$ID` stands for the request's id.
///
///     SmallAgent agent;
///     agent.on("echo", {R"({"id":"$ID","status":"ack"})", R"({"id":"$ID","status":"finished","result":1})"});
class SmallAgent {
 public:
  /// What to do instead of sending: as an element of a list of replies.
  static constexpr const char* hang_up = "<hang up>";
  static constexpr const char* silence = "<silence>";  ///< nothing more for this request

  /// A request with its arguments as raw JSON text; the replies to send.
  using Answer = std::function<std::vector<std::string>(const std::string& frame)>;

  SmallAgent() : peer_{[this](ScriptedPeer::Link& link) { serve(link); }} {}

  /// Before the first connection.
  void on(const std::string& module, std::vector<std::string> replies) {
    on(module, [replies](const std::string&) { return replies; });
  }
  void on(const std::string& module, Answer answer) { answers_[module] = std::move(answer); }

  std::string url() const { return peer_.url(); }
  std::uint16_t port() const { return peer_.port(); }
  int connections() const { return peer_.connections(); }
  std::vector<ScriptedPeer::Link::Upgrade> upgrades() const {
    const std::lock_guard lock{mutex_};
    return upgrades_;
  }
  std::vector<std::string> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  std::vector<std::uint16_t> close_codes() const {
    const std::lock_guard lock{mutex_};
    return close_codes_;
  }

 private:
  void serve(ScriptedPeer::Link& link) {
    {
      auto upgrade = link.upgrade();
      const std::lock_guard lock{mutex_};
      upgrades_.push_back(std::move(upgrade));
    }
    while (const auto frame = link.receive()) {
      {
        const std::lock_guard lock{mutex_};
        requests_.push_back(*frame);
      }
      const auto answer = answers_.find(member(*frame, "cmd"));
      if (answer == answers_.end()) {
        link.send(with_id(R"({"id":"$ID","status":"error","code":"UNKNOWN_MODULE","message":"no such module"})", *frame));
        continue;
      }
      for (const std::string& reply : answer->second(*frame)) {
        if (reply == hang_up) return;
        if (reply == silence) break;
        link.send(with_id(reply, *frame));
      }
    }
    const std::lock_guard lock{mutex_};
    close_codes_.push_back(link.close_code());
  }

  static std::string with_id(std::string reply, const std::string& frame) {
    if (const auto at = reply.find("$ID"); at != std::string::npos) reply.replace(at, 3, member(frame, "id"));
    return reply;
  }

  std::map<std::string, Answer> answers_;
  mutable std::mutex mutex_;
  std::vector<ScriptedPeer::Link::Upgrade> upgrades_;
  std::vector<std::string> requests_;
  std::vector<std::uint16_t> close_codes_;
  ScriptedPeer peer_;  // last: its threads use the rest
};

}  // namespace procedura::testing
