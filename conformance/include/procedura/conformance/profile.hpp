#pragma once

#include <procedura/conformance/offering.hpp>
#include <procedura/protocol/request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::conformance {

/// A module of the agent, and what can be told of its answer beforehand.
struct Module {
  std::string cmd;
  std::vector<std::string> args{};
  std::string ms_option{};                    ///< slow: the option that takes its duration in milliseconds
  std::uint32_t least_updates = 0;            ///< streaming: the least number of `running` frames
  std::string result_type{};                  ///< "object", "array", ...; empty: any
  std::vector<std::string> result_members{};  ///< an object's members that must be there
  std::string error_code{};                   ///< failing: the `code`; empty: any
};

/// A user of the agent. The credential itself is never in the file.
struct Login {
  std::string env;         ///< the environment variable that has it
  std::string user;        ///< for people
  std::string credential;  ///< filled in by `resolve_credentials`
};

/// What a real agent has to offer to the suite. Everything here was written by the agent's authors.
struct Profile {
  std::string agent;  ///< for people: what is judged
  std::vector<Login> credentials;
  std::map<Need, Module> modules;
  std::set<std::string, std::less<>> declares;  ///< X clauses the agent claims to keep
  std::vector<protocol::ArgsStyle> args_styles{protocol::ArgsStyle::module_first};
  std::vector<std::string> never_call;
  std::string hash;                               ///< 16 hex digits of what the document means (no credential is in it)
  std::vector<std::string> public_modules;        ///< by `cmd`: anybody may run them, with or without a session (AUT-9)
  std::string revoked_token;                      ///< one that the agent has taken back: no secret any more
  std::string ca;                                 ///< PEM file of the authorities for wss://; empty: the system's
  std::chrono::milliseconds answer_within{5000};  ///< patience for one answer
  std::chrono::milliseconds slow_for{1000};       ///< how long a slow job is asked to take
  std::size_t message_bytes = 0;                  ///< the biggest message that the agent takes; 0: it is not said

  bool has(Need need) const;
  /// The module; only for the need of a module that `has` confirms.
  const Module& module(Need need) const { return modules.at(need); }
  bool declared(std::string_view clause) const { return declares.find(clause) != declares.end(); }
  Offering offering() const;
  bool claims(protocol::ArgsStyle style) const;
  bool is_public(std::string_view cmd) const;
  /// The first credential of another user than the first one's; null if there is none.
  const Login* second_user() const;
  /// The first credential with a `:` in its password; null if there is none.
  const Login* colon_password() const;
};

/// One thing that is wrong with a profile.
struct ProfileProblem {
  std::string pointer;  ///< JSON pointer: "/modules/slow/cmd"; empty for the document itself
  std::string message;  ///< what was expected and what is there
};

/// Reads a profile and tells all that is wrong with it, not only the first thing. Unknown keys are errors.
std::variant<Profile, std::vector<ProfileProblem>> parse_profile(std::string_view text);

/// Looks up each credential. A variable that is not set, or is no credential (LOG-1), is a problem.
std::vector<ProfileProblem> resolve_credentials(Profile& profile,
                                                const std::function<std::optional<std::string>(const std::string&)>& env);

}  // namespace procedura::conformance
