#pragma once

#include <procedura/conformance/argv_template.hpp>
#include <procedura/conformance/offering.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/protocol/request.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::conformance {

/// What makes a client behave otherwise: words for `{options...}`, variables of its environment, or both.
struct ClientOption {
  Argv args;
  std::map<std::string, std::string> env;
};

/// A client program, as its authors tell of it: how it is called, and what it promises. Templates are kept as they were
/// written; see `expand`.
struct ClientProfile {
  /// What stdout holds of a result.
  enum class Output : std::uint8_t {
    json,     ///< the result as JSON, alone or within something else
    text,     ///< the strings in it, somehow
    nothing,  ///< nothing that is promised
  };

  std::string client;                    ///< for people: what is judged
  std::map<Need, Argv> commands;         ///< by `Need::run_command` and its like; never empty
  std::map<Need, ClientOption> options;  ///< by `Need::ack_timeout_option` and its like
  std::map<std::string, std::string> env;
  std::vector<std::string> inherit;  ///< variables of the suite's own environment that it gets too
  std::string token_file;            ///< where the token is saved: a template with `{home}`; empty: not told
  Output output = Output::json;
  std::set<std::string, std::less<>> declares;  ///< X clauses that the client claims to keep
  std::vector<protocol::ArgsStyle> args_styles{protocol::ArgsStyle::module_first};
  std::uint64_t message_bytes = 0;               ///< messages over this are refused; 0: not told
  std::chrono::milliseconds patience{10'000};    ///< for a command that has nothing to wait for
  std::chrono::milliseconds timeout{1'000};      ///< what timeouts are set to, where one is tried
  std::chrono::milliseconds exit_within{2'000};  ///< from the terminal frame to the process's end
  std::string hash{};                            ///< of the document, without its spelling
  std::string folder = ".";                      ///< of the profile's file: `{here}`

  bool has(Need need) const { return offering().has(need); }
  bool declared(std::string_view clause) const { return declares.find(clause) != declares.end(); }
  Offering offering() const;
};

/// Reads a client's profile and tells all that is wrong with it, not only the first thing. Unknown keys and placeholders are
/// errors.
std::variant<ClientProfile, std::vector<ProfileProblem>> parse_client_profile(std::string_view text);

}  // namespace procedura::conformance
