#pragma once

#include <procedura/conformance/wire.hpp>
#include <procedura/url.hpp>

#include <memory>

namespace procedura::conformance {

/// Real connections, over the client's transport. Used by one thread; the steady clock is its clock.
std::unique_ptr<Dialer> make_socket_dialer(const Endpoint& endpoint);

}  // namespace procedura::conformance
