#include "diag_report.hpp"

#include "report.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <array>

namespace procedura::cli {
namespace {

constexpr std::size_t state_width = 6;
constexpr std::size_t name_width = 13;

struct Looks {
  std::string_view word;   // for people: what is well is said shortly, what is not stands out
  std::string_view name;   // for programs
  std::string_view color;  // SGR
};

constexpr std::array<Looks, 5> looks{{
    {"ok", "ok", "32"},
    {"warn", "warning", "33"},
    {"--", "unknown", "2"},
    {"--", "skipped", "2"},
    {"FAIL", "failed", "1;31"},
}};

const Looks& looks_of(Check::State state) noexcept {
  return looks[static_cast<std::size_t>(state)];
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string{text} + std::string(width > text.size() ? width - text.size() : 1, ' ');
}

// "who am I" is `who_am_i` to a program.
std::string member_name(std::string_view name) {
  std::string member;
  for (const char c : name) member += c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return member;
}

}  // namespace

Check failed_check(std::string_view name, const Failure& failure, bool proxied) {
  Check check{name, Check::State::failed, error_line(failure, {.checking = true, .proxied = proxied})};
  check.members.raw("error", error_object(failure));
  check.exit = exit_code(kind_of(failure));
  return check;
}

Check skipped_check(std::string_view name, std::string why) {
  return {name, Check::State::skipped, std::move(why)};
}

std::string_view to_string(Check::State state) noexcept {
  return looks_of(state).name;
}

std::string diag_title(const std::string& url) {
  return "procedura ws diag: " + protocol::printable(url) + "\n";
}

std::string diag_lines(const Check& check, bool color) {
  const auto& [word, name, sgr] = looks_of(check.state);
  const std::string state = padded(word, state_width);
  std::string text = color ? "\x1b[" + std::string{sgr} + "m" + state + "\x1b[0m" : state;
  text += padded(check.name, name_width) + protocol::printable(check.summary) + "\n";
  for (const std::string& detail : check.details)
    text += std::string(state_width + name_width, ' ') + protocol::printable(detail) + "\n";
  return text;
}

std::string diag_object(const std::string& url, std::span<const Check> checks) {
  JsonObject report;
  const ExitCode exit = diag_exit(checks);
  report.text("url", url).boolean("ok", exit == ExitCode::ok).raw("exit_code", std::to_string(static_cast<int>(exit)));
  for (const Check& check : checks) {
    JsonObject object;
    object.text("state", to_string(check.state)).text("summary", check.summary);
    report.raw(member_name(check.name), object.join(check.members.members()).str());
  }
  return report.str();
}

ExitCode diag_exit(std::span<const Check> checks) noexcept {
  const auto first = std::find_if(checks.begin(), checks.end(), [](const Check& check) { return check.exit != ExitCode::ok; });
  return first == checks.end() ? ExitCode::ok : first->exit;
}

}  // namespace procedura::cli
