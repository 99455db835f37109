#include "net/clockwork.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace procedura::mock::net {

namespace asio = boost::asio;

engine::Moment this_moment() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::steady_clock::now(), std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
}

Clockwork::Clockwork(Executor executor, Alarms& alarms, Timed& timed, bool manual)
    : alarms_{alarms}, timed_{timed}, timer_{executor}, manual_{manual}, began_{this_moment()}, stands_at_{began_.now} {
  alarms_.on_sooner = [this] { arm(); };
}

Clockwork::~Clockwork() {
  alarms_.on_sooner = [] {};
}

TimePoint Clockwork::now() const {
  if (!manual_) return std::chrono::steady_clock::now();
  return let_go_ ? stands_at_ + (std::chrono::steady_clock::now() - *let_go_) : stands_at_;
}

engine::Moment Clockwork::moment() const {
  if (!manual_) return this_moment();
  const auto at = now();
  return {at, began_.wall_ms + std::chrono::duration_cast<std::chrono::milliseconds>(at - began_.now).count()};
}

std::optional<TimePoint> Clockwork::next() const {
  const auto engine = timed_.due();
  const auto alarm = alarms_.next();
  if (!engine || !alarm) return engine ? engine : alarm;
  return std::min(*engine, *alarm);
}

// A timer that fires too early finds nothing to do and is set anew; so it is only moved when it would fire too late.
void Clockwork::arm() {
  const auto due = next();
  if (manual_ && !let_go_) {
    if (posted_ || !due || *due > stands_at_) return;
    posted_ = true;
    asio::post(timer_.get_executor(), [this] {
      posted_ = false;
      ring();
    });
    return;
  }
  if (!due) {
    if (std::exchange(armed_, std::nullopt)) timer_.cancel();
    return;
  }
  if (armed_ && *armed_ <= *due) return;
  armed_ = *due;
  timer_.expires_at(let_go_ ? *let_go_ + (*due - stands_at_) : *due);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    armed_.reset();
    ring();
  });
}

// Once around: what becomes due meanwhile waits until others have had their turn.
void Clockwork::ring() {
  const auto at = now();
  for (auto left = alarms_.size(); left > 0 && alarms_.ring_next(at); --left) {
  }
  if (const auto engine = timed_.due(); engine && *engine <= at) timed_.on_due();
  arm();
}

void Clockwork::advance(Duration by, std::function<void()> done) {
  if (!manual_ || let_go_) return done();
  step(std::make_shared<Advance>(Advance{stands_at_ + by, std::move(done)}));
}

void Clockwork::let_go() {
  if (!manual_ || let_go_) return;
  let_go_ = std::chrono::steady_clock::now();
  arm();
}

// One thing at a time, and in between everything else has its turn.
void Clockwork::step(const std::shared_ptr<Advance>& advance) {
  const auto due = next();
  if (let_go_ || (timed_.settled() && (!due || *due > advance->target))) {
    if (!let_go_) stands_at_ = std::max(stands_at_, advance->target);
    return advance->done();
  }
  if (timed_.settled()) {
    stands_at_ = std::max(stands_at_, *due);
    const auto engine = timed_.due();
    if (engine && *engine <= stands_at_) {
      timed_.on_due();
    } else {
      alarms_.ring_next(stands_at_);
    }
  }
  asio::post(timer_.get_executor(), [this, advance] { step(advance); });
}

}  // namespace procedura::mock::net
