#include "admin_access.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <unistd.h>

namespace procedura::mock {
namespace {

constexpr std::string_view variable = "MOCK_AGENT_ADMIN_TOKEN";
constexpr std::size_t longest_token = 4096;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// What can stand behind `Authorization: Bearer`.
std::string unusable(std::string_view token) {
  if (token.empty()) return "is empty";
  if (token.size() > longest_token) return "is longer than 4096 bytes";
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
  return visible ? "" : "has other characters than visible ASCII";
}

void read_file(AdminAccess& access, const std::string& path) {
  const std::string named = fmt::format("the admin token file {}", protocol::printable(path));
  std::array<char, longest_token + 64> bytes{};
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  file.read(bytes.data(), bytes.size());
  // A folder can be opened, but not read.
  if (!file.is_open() || file.bad() || (file.gcount() == 0 && errno != 0)) {
    access.problem = fmt::format("cannot read {}: {}", named, std::strerror(errno));
    return;
  }
  access.options.token = trimmed({bytes.data(), static_cast<std::size_t>(file.gcount())});
  if (const auto why = unusable(access.options.token); !why.empty()) access.problem = named + " " + why;
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    access.warning = fmt::format("others can read {}: chmod 600 it", named);
  }
}

}  // namespace

AdminAccess admin_access(const Serve& serve, const Environment& env, bool loopback) {
  AdminAccess access;
  if (serve.admin_token_file) {
    read_file(access, *serve.admin_token_file);
  } else if (const auto token = env ? env(variable) : std::nullopt; token && !token->empty()) {
    access.options.token = trimmed(*token);
    if (const auto why = unusable(access.options.token); !why.empty()) access.problem = fmt::format("{} {}", variable, why);
  }
  access.options.enabled = loopback || !access.options.token.empty();
  access.options.hosts = {serve.host};
  access.options.allowed_origins = serve.allowed_origins;
  return access;
}

std::optional<std::uint64_t> resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  if (!(statm >> all_pages >> resident_pages)) return std::nullopt;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace procedura::mock
