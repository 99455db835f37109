#include "program/input_files.hpp"

#include "program/command.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <variant>

namespace procedura::bench {
namespace {

[[noreturn]] void cannot_read(const std::string& path, std::string_view why) {
  throw Refused{could_not_run, fmt::format("cannot read {}: {}", protocol::printable(path), why)};
}

// A little more than any report is, so that one that is too long is told by who reads it, and not by the machine's memory.
constexpr std::size_t longest_file = (std::size_t{64} << 20U) + 1;

std::string read_file(const std::string& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) cannot_read(path, "it is a folder");
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) cannot_read(path, std::generic_category().message(errno));
  std::string text(longest_file, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) cannot_read(path, std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

RunRecord read_run_file(const std::string& path) {
  auto outcome = read_report(read_file(path));
  if (const auto* error = std::get_if<ReportError>(&outcome)) {
    throw Refused{could_not_run, fmt::format("{}: {}", protocol::printable(path), error->message)};
  }
  return std::get<RunRecord>(std::move(outcome));
}

}  // namespace procedura::bench
