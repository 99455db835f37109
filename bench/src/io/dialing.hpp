#pragma once

#include "io/identity.hpp"
#include "load/plan.hpp"

#include <procedura/error.hpp>
#include <procedura/tls.hpp>
#include <procedura/transport.hpp>

namespace procedura::bench {

/// Whom a `wss://` run trusts. With `Churn::connect` no TLS session is resumed: each job comes as a new user would.
TlsOptions tls_options(const Plan& plan);

/// How each connection of a run is made. Fails with `invalid_url`, or with `tls_failed` where `--ca` cannot be read.
Result<TransportOptions> transport_options(const Plan& plan, const Identity& who);

}  // namespace procedura::bench
