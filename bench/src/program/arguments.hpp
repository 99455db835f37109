#pragma once

#include "measure/units.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the commands' readers of arguments share. Values are read as text, so that every message about one is our own.
namespace procedura::bench {

/// The command line is wrong. One line that says what to do. Readers throw it among themselves, and return it.
struct UsageError {
  std::string message;
};

/// The options of a command, and where their text goes. What is bound has to outlive `read`.
class Arguments {
 public:
  /// `command`: its name, for messages.
  explicit Arguments(std::string_view command) : command_{command} {}

  void take(std::string_view option, std::optional<std::string>& value);          ///< at most once
  void take_flag(std::string_view option, bool& given);                           ///< an option without a value
  void take_all(std::string_view option, std::vector<std::string>& values);       ///< as often as wanted
  void take_words(std::vector<std::string>& words) noexcept { words_ = &words; }  ///< what is no option: names of files

  std::vector<std::string> names() const;  ///< of the options

  /// Throws `UsageError`.
  void read(std::span<const std::string> arguments) const;

 private:
  struct Option {
    std::string name;
    std::variant<std::optional<std::string>*, bool*, std::vector<std::string>*> target;
  };

  std::string command_;
  std::vector<Option> options_;
  std::vector<std::string>* words_ = nullptr;
};

/// Throws `UsageError`.
[[noreturn]] void refuse(std::string message);

/// In quotes, as a message may show it.
std::string in_quotes(std::string_view text);

// Each reads the text of `option`, throws `UsageError` if it is none, and has `otherwise` (or nothing) where it was not given.

std::string required(const std::optional<std::string>& text, std::string_view option, std::string_view example);

std::uint64_t whole(const std::optional<std::string>& text, std::string_view option, std::uint64_t least, std::uint64_t most,
                    std::uint64_t otherwise);

std::optional<Nanos> duration(const std::optional<std::string>& text, std::string_view option, Nanos least);

/// `from` gives nothing for what is not one of `words`.
template <class From>
auto word(const std::optional<std::string>& text, std::string_view option, std::string_view words, From from,
          decltype(*from("")) otherwise) {
  if (!text) return otherwise;
  const auto value = from(*text);
  if (!value) refuse(std::string{option} + " " + in_quotes(*text) + ": give " + std::string{words});
  return *value;
}

}  // namespace procedura::bench
