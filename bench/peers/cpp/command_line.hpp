#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace procedura::bench::peers {

/// `--name value` pairs, and nothing else. What is wrong ends the program with 2 and one line: a script starts these programs.
class CommandLine {
 public:
  CommandLine(int argc, const char* const* argv) {
    for (int i = 1; i < argc; i += 2) {
      const std::string_view name{argv[i]};
      if (name.substr(0, 2) != "--") refuse(name, "an option was expected");
      if (i + 1 == argc) refuse(name, "it needs a value");
      values_[std::string{name.substr(2)}] = argv[i + 1];
    }
  }

  bool has(const std::string& name) const { return values_.count(name) != 0; }
  std::string text(const std::string& name) const {
    if (!has(name)) refuse("--" + name, "it is needed");
    return values_.at(name);
  }
  double number(const std::string& name) const {
    const std::string value = text(name);
    double read = 0;
    const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (ec != std::errc{} || end != value.data() + value.size() || !(read >= 0)) {
      refuse("--" + name, "its value is no number");
    }
    return read;
  }

 private:
  [[noreturn]] static void refuse(std::string_view name, std::string_view why) {
    std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(name.size()), name.data(), static_cast<int>(why.size()), why.data());
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
};

}  // namespace procedura::bench::peers
