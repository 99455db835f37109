#pragma once

#include <procedura/protocol/client_session.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::protocol {

/// Drives a session by hand: holds the clock, files what comes out by exchange, and fails the test at once if anything comes
/// for an exchange after its end.
class SessionDriver {
 public:
  struct Record {
    std::vector<Reply> delivered;
    std::optional<Outcome> outcome;
  };

  explicit SessionDriver(ClientSession::Options options = {}) : session{options} {}

  ExchangeKey submit(Mode mode, std::string cmd = "module", Deadlines deadlines = Deadlines::for_sync()) {
    Submission submission;
    submission.cmd = std::move(cmd);
    submission.mode = mode;
    submission.deadlines = deadlines;
    return submit(std::move(submission));
  }
  ExchangeKey submit(Submission submission) {
    const ExchangeKey key = session.submit(now, std::move(submission), out);
    if (const auto id = session.id_of(key); !id.empty()) ids[key] = id;
    take();
    return key;
  }
  void opened() { session.opened(now, out), take(); }
  void written() { session.written(now, out), take(); }
  void text(std::string message) { session.text(now, std::move(message), out), take(); }
  void binary() { session.binary(now, out), take(); }
  void cancel(ExchangeKey key, errc why = errc::cancelled) { session.cancel(now, key, out, why), take(); }
  void closed(CloseInfo info = {}) { session.closed(now, info, out), take(); }

  /// Lets time pass as an event loop would: the timer is called when, and only when, it was asked for.
  void pass(Duration duration) {
    const TimePoint until = now + duration;
    while (timer && *timer <= until) {
      now = std::max(now, *timer);
      timer.reset();
      session.timer(now, out);
      take();
    }
    now = until;
  }

  const Record& of(ExchangeKey key) { return records[key]; }
  errc code_of(ExchangeKey key) { return records[key].outcome ? records[key].outcome->code : errc::end_of_stream; }
  std::string phases_of(ExchangeKey key) {
    std::string phases;
    for (const Reply& reply : records[key].delivered) phases.append(to_string(reply.status)).append(" ");
    if (records[key].outcome) phases.append(to_string(records[key].outcome->reply.status));
    return phases;
  }

  ClientSession session;
  TimePoint now = TimePoint{} + std::chrono::hours{1};
  std::optional<TimePoint> timer;
  std::map<ExchangeKey, Record> records;
  std::map<ExchangeKey, std::string> ids;
  std::vector<std::string> sent;
  std::vector<Reply> untargeted;

 private:
  struct Visitor {
    SessionDriver& driver;
    void operator()(action::Send& send) const {
      const std::string_view id = driver.session.id_of(send.key);
      EXPECT_TRUE(!id.empty() && send.text.find(id) != std::string::npos) << send.text << " is not of exchange " << send.key;
      driver.sent.push_back(std::move(send.text));
    }
    void operator()(action::Untargeted& event) const { driver.untargeted.push_back(std::move(event.reply)); }
    void operator()(const action::ArmTimer& arm) const { driver.timer = arm.at; }
    void operator()(action::Deliver& deliver) const {
      Record& record = driver.records[deliver.key];
      EXPECT_FALSE(record.outcome) << "delivered after the end: " << deliver.reply.text;
      record.delivered.push_back(std::move(deliver.reply));
    }
    void operator()(action::Finish& finish) const {
      Record& record = driver.records[finish.key];
      EXPECT_FALSE(record.outcome) << "finished twice";
      EXPECT_FALSE(driver.session.live(finish.key));
      record.outcome = std::move(finish.outcome);
    }
  };
  void take() {
    for (ClientAction& action : out) std::visit(Visitor{*this}, action);
    out.clear();
  }

  ClientActions out;
};

/// A frame by its parts; an empty part is left out. `rest` is raw JSON of further members.
inline std::string frame(std::string_view id, std::string_view job, std::string_view status, std::string_view rest = {}) {
  std::string text = "{";
  if (!id.empty()) text.append("\"id\":\"").append(id).append("\",");
  if (!job.empty()) text.append("\"job_id\":\"").append(job).append("\",");
  text.append("\"status\":\"").append(status).append("\"");
  if (!rest.empty()) text.append(",").append(rest);
  return text + "}";
}

inline std::string finished(std::string_view id, std::string_view job, std::string_view result = "true") {
  return frame(id, job, "finished", "\"result\":" + std::string{result});
}

}  // namespace procedura::protocol
