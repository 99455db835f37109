#pragma once

#include "child.hpp"

#include <procedura/conformance/client_case.hpp>

namespace procedura::conformance {

/// Where a client is run.
struct Place {
  std::string home;
  std::string url;
  std::function<std::optional<std::string>(const std::string&)> env;  ///< of the suite's process
};

/// What a call means in a profile's words. Pure, but for `Place::env`. The environment is exactly: PATH, HOME, TMPDIR, LANG,
/// TERM, what the profile inherits, what it sets, what the call's options set, and `Call::env`; later ones win.
ChildStart start_of(const ClientProfile& profile, const Call& call, const Place& place);

/// "0.3" of 300: seconds as every program reads them.
std::string in_seconds(std::chrono::milliseconds time);

/// A command line for people: each word as a shell would take it.
std::string in_words(const Argv& argv);

}  // namespace procedura::conformance
