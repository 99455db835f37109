#pragma once

#include <procedura/error.hpp>
#include <procedura/tls.hpp>

#include <openssl/types.h>

/// What `TlsOptions` name, read into an OpenSSL context. Each fails with `tls_failed`, naming the file and what to do.
namespace procedura::detail {

/// The authorities of `options.ca`, or else the system's.
Result<void> trust(SSL_CTX* context, const TlsOptions& options);

/// Our own certificate and key, if there are any.
Result<void> show(SSL_CTX* context, const TlsOptions& options);

/// No authority is installed where OpenSSL looks for the system's.
bool system_trusts_nobody();

}  // namespace procedura::detail
