#pragma once

#include <procedura/conformance/wire.hpp>
#include <procedura/url.hpp>

#include <memory>
#include <string>

namespace procedura::conformance {

/// Real connections, over the client's transport. Used by one thread; the steady clock is its clock. `ca`: for `wss://`, a PEM
/// file of the authorities to trust; empty: the system's.
std::unique_ptr<Dialer> make_socket_dialer(const Endpoint& endpoint, const std::string& ca = {});

}  // namespace procedura::conformance
