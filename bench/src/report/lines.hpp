#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

namespace procedura::bench {

/// A text for people, put together line by line.
class Lines {
 public:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace procedura::bench
