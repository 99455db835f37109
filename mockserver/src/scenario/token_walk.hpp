#pragma once

#include "scenario/problem.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace procedura::mock {

/// Goes over a text token by token, counting lines and columns. Knows no grammar: it is told what comes.
class TokenWalk {
 public:
  TokenWalk(std::string_view text, std::uint32_t file) : text_{text}, place_{file, 1, 1} {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  }

  /// Where the next token begins.
  Place next() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        skip(std::min(rest.find('\n'), rest.size()));
      } else if (rest.starts_with("/*")) {
        const std::size_t end = rest.find("*/", 2);
        skip(end == std::string_view::npos ? rest.size() : end + 2);
      } else if (std::string_view{" \t\r\n,:"}.find(rest.front()) != std::string_view::npos) {
        skip(1);
      } else {
        break;
      }
    }
    return place_;
  }

  void bracket() { skip(1); }
  void string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2U : 1U;
    skip(end + 1 - at_);
  }
  std::string_view word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:]}/", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    skip(end - at_);
    return word;
  }

  /// The place of a byte that is not before the walk.
  Place at(std::size_t offset) {
    skip(offset > at_ ? offset - at_ : 0);
    return place_;
  }

 private:
  void skip(std::size_t count) {
    for (const std::size_t end = std::min(at_ + count, text_.size()); at_ < end; ++at_) {
      if (text_[at_] == '\n') {
        ++place_.line;
        place_.column = 1;
      } else {
        ++place_.column;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Place place_;
};

}  // namespace procedura::mock
