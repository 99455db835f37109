#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace procedura::mock {

/// `mock-agent --script FILE...`
struct Serve {
  std::vector<std::string> scripts;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8765;
  std::optional<std::string> ready_file;
  double time_scale = 1;
  std::optional<std::uint64_t> seed;
  double chaos = 0;
  bool watch = false;
  bool strict = false;
  std::optional<std::string> journal;
  std::optional<std::string> junit;
  bool until_met = false;
  std::optional<std::chrono::nanoseconds> deadline;
  std::optional<std::size_t> max_connections;
  std::vector<std::string> allowed_origins;
  std::optional<std::string> admin_token_file;
  bool tls_self_signed = false;
  std::string tls_certificate;  ///< PEM files; empty: none
  std::string tls_key;
  std::string tls_client_ca;

  bool tls() const noexcept { return tls_self_signed || !tls_certificate.empty(); }
};
/// `mock-agent check FILE...`
struct Check {
  std::vector<std::string> scripts;
};
/// `mock-agent schema`
struct Schema {};
/// `mock-agent record --upstream URL --out FILE`: see record.hpp.
struct Record {
  std::string upstream;                        ///< a URL that can be used
  std::string listen = "ws://127.0.0.1:8765";  ///< likewise
  std::string ca_file;                         ///< empty: what the system trusts
  std::vector<std::string> redact;
  std::string out;
};
/// Something to print, and be done.
struct Show {
  std::string text;
};
/// A wrong command line: one line that says what to do.
struct Usage {
  std::string message;
};

using Command = std::variant<Serve, Check, Schema, Record, Show, Usage>;

Command parse_command_line(const std::vector<std::string>& args);

}  // namespace procedura::mock
