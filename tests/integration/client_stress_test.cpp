// Eight threads, each with hundreds of mixed requests, on one agent: runs, streams read to their end or left half-way,
// cancellations, deadlines, `close`, and an agent that drops the connection. Every request ends exactly once, with its own
// result or a named error, and at the end nothing is left: no request, thread or descriptor.
//
// What is asked for follows from a seed, which a failure prints. To repeat one, or for the long form of 1,000 requests a thread
// that the sanitizers run (./dev tsan --quick):
//
//     PROCEDURA_STRESS_SEED=7 PROCEDURA_STRESS_REQUESTS=1000 client_stress_test
#include "process_resources.hpp"
#include "scripted_peer.hpp"

#include <procedura/async_agent.hpp>
#include <procedura/mock/mock_agent.hpp>
#include <procedura/protocol/random.hpp>
#include <procedura/remote_agent.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace procedura {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::member;
using testing::Resources;
using testing::ScriptedPeer;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t usual_requests = 1000;
#else
constexpr std::uint64_t usual_requests = 250;
#endif

constexpr int threads = 8;
const std::uint64_t seed = from_environment("PROCEDURA_STRESS_SEED", 1);
const std::uint64_t requests_per_thread = from_environment("PROCEDURA_STRESS_REQUESTS", usual_requests);

/// Draws that follow from the seed and who draws.
class Draw {
 public:
  explicit Draw(std::uint64_t who) : stream_{protocol::mix(seed, who)} {}
  std::uint64_t operator()(std::uint64_t below) { return protocol::mix(stream_, ++drawn_) % below; }

 private:
  std::uint64_t stream_;
  std::uint64_t drawn_ = 0;
};

// --- two busy agents ------------------------------------------------------------------------------------------------------

constexpr const char* scenario = R"({
  "version": 1, "name": "stress",
  "stubs": [
    { "name": "echo", "match": { "cmd": "echo" }, "reply": [ "accept", { "finished": { "args": "${args}" } } ] },
    { "name": "count", "match": { "cmd": "count" },
      "reply": [ "accept",
        { "repeat": "${opt.n ?? 5}", "as": "i", "steps": [
            { "delay": { "uniform": { "min": "0ms", "max": "2ms" } } }, { "running": { "i": "${i}", "args": "${args}" } } ] },
        { "finished": { "args": "${args}" } } ] },
    { "name": "fail", "match": { "cmd": "fail" }, "reply": [ "accept", { "error": { "code": "E_MINE", "message": "${args}" } } ] },
    { "name": "mute", "match": { "cmd": "mute" }, "reply": [ { "delay": "60s" }, { "finished": 1 } ] },
    { "name": "reset", "match": { "cmd": "drop", "options": { "how": "0" } }, "reply": [ "accept", { "fault": "reset" } ] },
    { "name": "hang up", "match": { "cmd": "drop", "options": { "how": "1" } }, "reply": [ "accept", { "fault": "drop" } ] },
    { "name": "close", "match": { "cmd": "drop", "options": { "how": "2" } }, "reply": [ "accept", { "fault": { "close": 1011 } } ] },
    { "name": "half", "match": { "cmd": "drop", "options": { "how": "3" } }, "reply": [ { "fault": "truncate" }, { "finished": 1 } ] }
  ]})";

/// An agent that answers whichever of its live requests it likes next, a frame at a time, and now and then drops the connection
/// or says what belongs to nobody.
class BusyPeer {
 public:
  std::string url() const { return peer_.url(); }

 private:
  using Frames = std::deque<std::string>;

  void serve(ScriptedPeer::Link& link) {
    const std::uint64_t ordinal = ++connections_;
    Draw draw{1000 + ordinal};
    link.upgrade();
    std::vector<Frames> live;
    for (std::uint64_t sent = 0;; ++sent) {
      while (live.empty() || link.readable()) {
        const auto request = link.receive();
        if (!request) return;
        if (member(*request, "cmd") == "drop") return draw(2) == 0 ? link.reset() : link.close(1011, "dropped");
        if (Frames frames = answer(*request, ordinal, sent, draw); !frames.empty()) live.push_back(std::move(frames));
      }
      if (draw(40) == 0) link.send(draw(2) == 0 ? R"({"status":"running","of":"nobody"})" : "junk");
      Frames& next = live.at(draw(live.size()));
      link.send(next.front());
      next.pop_front();
      if (next.empty()) {
        std::swap(next, live.back());
        live.pop_back();
      }
      if (draw(4000) == 0) return link.reset();
    }
  }

  static Frames answer(const std::string& request, std::uint64_t ordinal, std::uint64_t number, Draw& draw) {
    const std::string id = R"("id":")" + member(request, "id") + "\"";
    const std::string job = R"("job_id":"j-)" + std::to_string(ordinal) + "-" + std::to_string(number) + "-" +
                            std::to_string(draw(1'000'000)) + "\"";
    const auto at = request.find("mark-");
    const std::string mark = at == std::string::npos ? "" : request.substr(at, request.find('"', at) - at);
    const std::string whose[] = {id, job, id + "," + job};
    const std::string& target = whose[draw(3)];
    const std::string args = R"("args":[")" + mark + "\"]";
    const std::string cmd = member(request, "cmd");
    if (cmd == "mute") return {};
    if (cmd == "fail") return {"{" + id + R"(,"status":"error","code":"E_MINE","message":")" + mark + "\"}"};
    const bool sync = cmd == "echo";
    Frames frames{"{" + id + "," + job + R"(,"status":")" + (sync ? "ack" : "started") + "\"}"};
    for (int i = 0; !sync && i < count_of(request); ++i) {
      frames.push_back("{" + target + R"(,"status":"running","i":)" + std::to_string(i) + "," + args + "}");
    }
    frames.push_back("{" + target + R"(,"status":"finished","result":{)" + args + "}}");
    return frames;
  }

  static int count_of(const std::string& request) {
    const auto at = request.find("--n=");
    return at == std::string::npos ? 0 : std::stoi(request.substr(at + 4));
  }

  std::atomic<std::uint64_t> connections_{0};
  ScriptedPeer peer_{[this](ScriptedPeer::Link& link) { serve(link); }};
};

// --- what came of it ------------------------------------------------------------------------------------------------------

/// Counts how requests ended, and takes complaints, from any thread.
class Tally {
 public:
  void end(errc code) {
    const std::lock_guard lock{mutex_};
    ++ends_[code];
  }
  void complain(const std::string& what) {
    const std::lock_guard lock{mutex_};
    if (complaints_.size() < 20) complaints_.push_back(what);
  }
  std::uint64_t ended() const {
    const std::lock_guard lock{mutex_};
    std::uint64_t sum = 0;
    for (const auto& [code, times] : ends_) sum += times;
    return sum;
  }
  /// `with_cancellation`: some were cancelled.
  void judge(bool with_cancellation) {
    const std::lock_guard lock{mutex_};
    for (const auto& what : complaints_) ADD_FAILURE() << what;
    std::string all;
    for (const auto& [code, times] : ends_) {
      all += " " +
             (code == errc::ok            ? "own result"
              : code == errc::agent_error ? "own error"
                                          : std::string{code_name(code)}) +
             " " + std::to_string(times);
    }
    SCOPED_TRACE(all);
    EXPECT_GT(ends_[errc::ok], threads * requests_per_thread / 4);
    EXPECT_GT(ends_[errc::agent_error], 0U);
    EXPECT_GT(ends_[errc::connection_lost], 0U);
    EXPECT_GT(ends_[errc::deadline], 0U);
    if (with_cancellation) {
      EXPECT_GT(ends_[errc::cancelled], 0U);
    }
  }

 private:
  mutable std::mutex mutex_;
  std::map<errc, std::uint64_t> ends_;
  std::vector<std::string> complaints_;
};

/// One request: what is asked, whose mark it bears, and how it may fail.
struct Ask {
  enum class Kind { echo, count, leave, fail, late, drop } kind;
  std::string mark;
  int frames = 0;       ///< that a stream has
  int taken = 0;        ///< after which it is left
  std::uint64_t how;    ///< it is dropped
  bool cancel = false;  ///< some time

  static Ask drawn(Draw& draw, int thread, std::uint64_t number, bool may_cancel) {
    Ask ask{};
    ask.mark = "mark-" + std::to_string(thread) + "-" + std::to_string(number) + ".";
    const auto die = draw(100);
    ask.kind = draw(500) == 0 ? Kind::drop
               : die < 45     ? Kind::echo
               : die < 70     ? Kind::count
               : die < 82     ? Kind::leave
               : die < 90     ? Kind::fail
                              : Kind::late;
    ask.frames = static_cast<int>(draw(12));
    ask.taken = static_cast<int>(draw(4));
    ask.how = draw(4);
    ask.cancel = may_cancel && draw(6) == 0;
    return ask;
  }

  bool streams() const { return kind == Kind::count || kind == Kind::leave; }
  std::string module() const {
    switch (kind) {
      case Kind::echo:
        return "echo";
      case Kind::fail:
        return "fail";
      case Kind::late:
        return "mute";
      case Kind::drop:
        return "drop";
      default:
        return "count";
    }
  }
  std::vector<std::string> args() const {
    if (streams()) return {mark, "--n=" + std::to_string(frames)};
    if (kind == Kind::drop) return {mark, "--how=" + std::to_string(how)};
    return {mark};
  }
  CallOptions options() const {
    CallOptions call;
    if (kind == Kind::late) call.deadlines = Deadlines{{}, {}, 5ms};
    return call;
  }
  bool is_own(std::string_view text) const { return text.find(mark) != std::string_view::npos; }

  /// What is wrong with this failure; empty: nothing.
  std::string wrong(const Failure& failure) const {
    switch (failure.code) {
      case errc::agent_error:
        return kind == Kind::fail && failure.agent_code == "E_MINE" && is_own(failure.message) ? "" : describe(failure);
      case errc::connection_lost:
        return {};
      case errc::deadline:
        return kind == Kind::late ? "" : describe(failure);
      case errc::protocol_error:  // the truncated frame
        return kind == Kind::drop ? "" : describe(failure);
      case errc::cancelled:
        return cancel || kind == Kind::leave ? "" : describe(failure);
      default:
        return describe(failure);
    }
  }
};

/// Looks at the frames of one stream as they come.
struct Frames {
  int next = -1;  ///< -1: `started`

  std::string wrong(const Ask& ask, const Event& event) {
    if (event.phase() == "finished") {
      return next == ask.frames && ask.is_own(event.text()) ? "" : "a stream ended early, or is not its own: " + event.text();
    }
    const bool right = next < 0 ? event.phase() == "started"
                                : event.phase() == "running" && ask.is_own(event.text()) &&
                                      event.text().find("\"i\":" + std::to_string(next)) != std::string::npos;
    ++next;
    return right ? "" : "not the next frame of " + ask.mark + " " + event.text();
  }
};

// --- RemoteAgent ----------------------------------------------------------------------------------------------------------

void ask_and_wait(RemoteAgent& agent, const Ask& ask, Tally& tally) {
  try {
    if (ask.streams()) {
      Frames frames;
      int taken = 0;
      for (const Event& event : agent.stream(ask.module(), ask.args(), ask.options())) {
        if (const std::string wrong = frames.wrong(ask, event); !wrong.empty()) tally.complain(wrong);
        if (ask.kind == Ask::Kind::leave && taken++ == ask.taken) break;
        if (taken == 2) agent.run("echo", {ask.mark});  // within the loop
      }
    } else if (const RunResult result = agent.run(ask.module(), ask.args(), ask.options()); !ask.is_own(result.text())) {
      tally.complain("not its own: " + std::string{result.text()});
    }
    tally.end(errc::ok);
  } catch (const Error& error) {
    if (const std::string wrong = ask.wrong(error.failure()); !wrong.empty()) tally.complain(ask.mark + " " + wrong);
    tally.end(error.code());
  }
}

void many_threads_wait(const std::string& url) {
  const Resources before = Resources::now();
  Tally tally;
  {
    Options options;
    options.url = url;
    RemoteAgent agent{options};
    std::atomic<std::uint64_t> heard{0};
    agent.on_event([&](const Event&) { ++heard; });
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) {
      running.emplace_back([&, t] {
        Draw draw{static_cast<std::uint64_t>(t)};
        for (std::uint64_t n = 0; n < requests_per_thread; ++n) ask_and_wait(agent, Ask::drawn(draw, t, n, false), tally);
      });
    }
    for (auto& thread : running) thread.join();
    EXPECT_EQ(agent.status().live, 0U);
  }
  EXPECT_EQ(tally.ended(), threads * requests_per_thread);
  tally.judge(false);
  EXPECT_TRUE(Resources::back_to(before)) << "a thread or a descriptor is left";
}

// --- AsyncAgent -----------------------------------------------------------------------------------------------------------

/// One request of an AsyncAgent on a loop that several threads run. Kept alive by its handlers.
class Call : public std::enable_shared_from_this<Call> {
 public:
  Call(AsyncAgent& agent, Ask ask, Tally& tally, std::counting_semaphore<>& room)
      : agent_{agent}, ask_{std::move(ask)}, tally_{tally}, room_{room} {
    ++alive;
  }
  ~Call() { --alive; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void begin() {
    const auto self = shared_from_this();
    if (ask_.streams()) {
      agent_.async_stream(ask_.module(), ask_.args(), ask_.options(),
                          asio::bind_cancellation_slot(signal_.slot(), [self](Result<Stream> stream) {
                            if (!stream) return self->failed(stream.error());
                            self->stream_ = std::move(stream).value();
                            self->next();
                          }));
    } else {
      agent_.async_run(ask_.module(), ask_.args(), ask_.options(),
                       asio::bind_cancellation_slot(signal_.slot(), [self](Result<RunResult> result) {
                         if (!result) return self->failed(result.error());
                         if (!self->ask_.is_own(result->text())) self->tally_.complain("not its own: " + self->ask_.mark);
                         self->end(errc::ok);
                       }));
    }
  }
  /// On the thread that began it.
  void cancel() { signal_.emit(asio::cancellation_type::terminal); }

  static inline std::atomic<int> alive{0};

 private:
  void next() {
    stream_->async_next([self = shared_from_this()](Result<Event> event) {
      if (!event && event.error().code == errc::end_of_stream) return self->end(errc::ok);
      if (!event) return self->failed(event.error());
      if (const auto wrong = self->frames_.wrong(self->ask_, *event); !wrong.empty()) self->tally_.complain(wrong);
      if (self->ask_.kind == Ask::Kind::leave && self->frames_.next > self->ask_.taken) return self->end(errc::ok);
      self->next();
    });
  }
  void failed(const Failure& failure) {
    if (failure.code != errc::cancelled) {  // others close the agent now and then
      if (const auto wrong = ask_.wrong(failure); !wrong.empty()) tally_.complain(ask_.mark + " " + wrong);
    }
    end(failure.code);
  }
  void end(errc code) {
    if (ended_.exchange(true)) tally_.complain("ended twice: " + ask_.mark);
    stream_.reset();
    tally_.end(code);
    room_.release();
  }

  AsyncAgent& agent_;
  Ask ask_;
  Tally& tally_;
  std::counting_semaphore<>& room_;
  asio::cancellation_signal signal_;
  std::optional<Stream> stream_;
  Frames frames_;
  std::atomic<bool> ended_{false};
};

void ask_without_waiting(AsyncAgent& agent, int thread, Tally& tally) {
  Draw draw{static_cast<std::uint64_t>(thread)};
  constexpr int at_once = 12;
  std::counting_semaphore<> room{at_once};
  std::deque<std::shared_ptr<Call>> to_cancel;
  for (std::uint64_t n = 0; n < requests_per_thread; ++n) {
    room.acquire();
    const Ask ask = Ask::drawn(draw, thread, n, true);
    const auto call = std::make_shared<Call>(agent, ask, tally, room);
    call->begin();
    if (ask.cancel) to_cancel.push_back(call);
    while (!to_cancel.empty() && (to_cancel.size() > 8 || draw(3) == 0)) {
      to_cancel.front()->cancel();
      to_cancel.pop_front();
    }
    if (draw(700) == 0) agent.close();
  }
  for (const auto& call : to_cancel) call->cancel();
  for (int i = 0; i < at_once; ++i) room.acquire();  // until all have ended
}

void many_threads_ask(const std::string& url) {
  const Resources before = Resources::now();
  Tally tally;
  {
    asio::io_context context;
    auto work = std::make_optional(asio::make_work_guard(context));
    std::vector<std::thread> loops;
    for (int i = 0; i < 4; ++i) loops.emplace_back([&] { context.run(); });
    Options options;
    options.url = url;
    std::optional<AsyncAgent> agent{std::in_place, context.get_executor(), options};
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t) running.emplace_back([&, t] { ask_without_waiting(*agent, t, tally); });
    for (auto& thread : running) thread.join();
    agent.reset();
    work.reset();
    for (auto& loop : loops) loop.join();  // nothing is pending any more
  }
  EXPECT_EQ(tally.ended(), threads * requests_per_thread);
  EXPECT_EQ(Call::alive, 0) << "a handler is still held somewhere";
  tally.judge(true);
  EXPECT_TRUE(Resources::back_to(before)) << "a thread or a descriptor is left";
}

// --------------------------------------------------------------------------------------------------------------------------

struct Stress : ::testing::Test {
  ::testing::ScopedTrace trace{__FILE__, __LINE__, "PROCEDURA_STRESS_SEED=" + std::to_string(seed)};
};

TEST_F(Stress, ThreadsThatWaitForAMock) {
  mock::MockAgent mock{scenario};
  many_threads_wait(mock.url());
}

TEST_F(Stress, ThreadsThatWaitForABusyPeer) {
  BusyPeer peer;
  many_threads_wait(peer.url());
}

TEST_F(Stress, ThreadsThatAskAMock) {
  mock::MockAgent mock{scenario};
  many_threads_ask(mock.url());
}

TEST_F(Stress, ThreadsThatAskABusyPeer) {
  BusyPeer peer;
  many_threads_ask(peer.url());
}

TEST_F(Stress, AgentsComeAndGoWithWorkInFlight) {
  BusyPeer peer;
  const Resources before = Resources::now();
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Options options;
        options.url = peer.url();
        std::optional<EventStream> outlives;
        try {
          RemoteAgent agent{options};
          for (int k = 0; k < (t + i) % 4; ++k) agent.stream("count", {"mark-x", "--n=3"}).next();
          outlives = agent.stream("count", {"mark-x", "--n=50"});
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), errc::connection_lost);
        }
        try {
          while (outlives && outlives->next()) continue;
        } catch (const Error& error) {
          EXPECT_THAT(error.code(), ::testing::AnyOf(errc::cancelled, errc::connection_lost));
        }
      }
    });
  }
  for (auto& thread : running) thread.join();
  EXPECT_TRUE(Resources::back_to(before)) << "a thread or a descriptor is left";
}

}  // namespace
}  // namespace procedura
