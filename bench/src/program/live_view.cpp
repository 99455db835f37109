#include "program/live_view.hpp"

#include <chrono>
#include <ostream>

namespace procedura::bench {

Nanos LiveView::every() const {
  return process_.err_is_terminal ? Nanos{std::chrono::milliseconds{200}} : Nanos{std::chrono::seconds{5}};
}

void LiveView::show(const Progress& progress) {
  process_.err << (process_.err_is_terminal ? "\r\x1b[K" : "") << progress_line(progress)
               << (process_.err_is_terminal ? "" : "\n") << std::flush;
}

void LiveView::wipe() {
  if (process_.err_is_terminal) process_.err << "\r\x1b[K" << std::flush;
}

}  // namespace procedura::bench
