#include "program/arguments.hpp"

#include <procedura/protocol/redaction.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace procedura::bench {
namespace {

void bind(CLI::App& app, const std::string& name, std::optional<std::string>* value) {
  app.add_option(name, *value);
}

void bind(CLI::App& app, const std::string& name, bool* given) {
  app.add_flag(name, *given);
}

void bind(CLI::App& app, const std::string& name, std::vector<std::string>* values) {
  app.add_option(name, *values)->expected(1)->take_all();
}

// Without its value: in `--token=...` that is what nobody may see.
std::string name_of(std::string_view word) {
  return in_quotes(word.substr(0, word.substr(0, 1) == "-" ? word.find('=') : word.size()));
}

}  // namespace

void Arguments::take(std::string_view option, std::optional<std::string>& value) {
  options_.push_back({std::string{option}, &value});
}

void Arguments::take_flag(std::string_view option, bool& given) {
  options_.push_back({std::string{option}, &given});
}

void Arguments::take_all(std::string_view option, std::vector<std::string>& values) {
  options_.push_back({std::string{option}, &values});
}

std::vector<std::string> Arguments::names() const {
  std::vector<std::string> all;
  for (const Option& option : options_) all.push_back(option.name);
  return all;
}

void Arguments::read(std::span<const std::string> arguments) const {
  CLI::App app;
  app.set_help_flag();
  for (const Option& option : options_) {
    std::visit([&](auto* target) { bind(app, option.name, target); }, option.target);
  }
  app.allow_extras(words_ != nullptr);

  std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};  // CLI11 takes them from the back
  try {
    app.parse(reversed);
  } catch (const CLI::ExtrasError&) {
    // The first word that is neither an option of ours nor the value of one.
    const auto extras = app.remaining();
    refuse(fmt::format("unknown argument {}; a module's own arguments stand behind --, ours are in 'procedura-bench {} --help'",
                       name_of(extras.empty() ? "" : extras.front()), command_));
  } catch (const CLI::ArgumentMismatch& error) {
    const std::string_view message = error.what();
    refuse(fmt::format("{}: give it once, with one value; see 'procedura-bench {} --help'",
                       message.substr(0, message.find(':')), command_));
  } catch (const CLI::ParseError& error) {
    refuse(fmt::format("{}; see 'procedura-bench {} --help'", protocol::printable(error.what()), command_));
  }
  if (words_ == nullptr) return;
  *words_ = app.remaining();
  for (const std::string& each : *words_) {
    if (each.size() > 1 && each.front() == '-') {
      refuse(fmt::format("unknown option {}; see 'procedura-bench {} --help'", name_of(each), command_));
    }
  }
}

void refuse(std::string message) {
  throw UsageError{std::move(message)};
}

std::string in_quotes(std::string_view text) {
  return fmt::format("'{}'", protocol::printable(text));
}

std::string required(const std::optional<std::string>& text, std::string_view option, std::string_view example) {
  if (!text || text->empty()) refuse(fmt::format("{} is needed, for example {} {}", option, option, example));
  return *text;
}

std::uint64_t whole(const std::optional<std::string>& text, std::string_view option, std::uint64_t least, std::uint64_t most,
                    std::uint64_t otherwise) {
  if (!text) return otherwise;
  const auto value = parse_whole(*text, least, most);
  if (!value) refuse(fmt::format("{} {}: give a whole number from {} to {}", option, in_quotes(*text), least, most));
  return *value;
}

std::optional<Nanos> duration(const std::optional<std::string>& text, std::string_view option, Nanos least) {
  if (!text) return std::nullopt;
  const auto value = parse_duration(*text);
  if (!value || *value < least) {
    refuse(fmt::format("{} {}: give a time such as 500ms, 60s or 5m{}, at most 720h", option, in_quotes(*text),
                       least > Nanos{0} ? fmt::format(", at least {}", exact_duration(least)) : ""));
  }
  return value;
}

}  // namespace procedura::bench
