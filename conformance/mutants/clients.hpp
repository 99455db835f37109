#pragma once

#include <procedura/conformance/mutants.hpp>

#include <vector>

/// The catalogue of broken clients, by area: each in a file of its own. What each of them does is in
/// tests/interop/broken_client, under its name.
namespace procedura::conformance::mutants {

using Clients = std::vector<BrokenClient>;
void add_connection(Clients& all);  ///< frames, messages and goodbyes
void add_token(Clients& all);       ///< tokens, logins and secrets
void add_request(Clients& all);     ///< requests
void add_reply(Clients& all);       ///< replies
void add_wait(Clients& all);        ///< waits, errors and exit codes

}  // namespace procedura::conformance::mutants
