#include "program/live_view.hpp"

#include "report/live.hpp"

#include <chrono>
#include <ostream>
#include <utility>

namespace procedura::bench {

LiveView::LiveView(Process& process, const Plan& plan)
    : process_{process}, plan_{plan}, writer_{[this](std::stop_token stopped) { write(std::move(stopped)); }} {}

LiveView::~LiveView() {
  writer_.request_stop();
  writer_.join();
  if (process_.err_is_terminal) process_.err << erase_drawing << std::flush;
}

Nanos LiveView::every() const {
  return process_.err_is_terminal ? Nanos{std::chrono::milliseconds{200}} : Nanos{std::chrono::seconds{5}};
}

void LiveView::show(const Progress& progress) {
  std::string text = process_.err_is_terminal ? drawing_of(live_lines(plan_, progress, process_.err_rows() - 1))
                                              : progress_line(progress) + "\n";
  {
    const std::lock_guard lock{mutex_};
    next_ = std::move(text);
  }
  changed_.notify_one();
}

void LiveView::write(std::stop_token stopped) {
  for (;;) {
    std::string text;
    {
      std::unique_lock lock{mutex_};
      if (!changed_.wait(lock, stopped, [this] { return !next_.empty(); })) return;
      text = std::exchange(next_, {});
    }
    process_.err << text << std::flush;
  }
}

}  // namespace procedura::bench
