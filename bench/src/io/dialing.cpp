#include "io/dialing.hpp"

#include <procedura/url.hpp>

#include <utility>

namespace procedura::bench {

TlsOptions tls_options(const Plan& plan) {
  TlsOptions options;
  options.ca = plan.tls.ca;
  options.insecure = plan.tls.insecure;
  options.resume = plan.churn == Churn::none;
  return options;
}

Result<TransportOptions> transport_options(const Plan& plan, const Identity& who) {
  auto endpoint = Endpoint::parse(plan.url);
  if (!endpoint) return std::move(endpoint).error();
  TransportOptions options;
  options.endpoint = *std::move(endpoint);
  options.subprotocols = who.subprotocols;
  options.headers = who.headers;
  if (options.endpoint.secure) {
    auto context = TlsContext::make(tls_options(plan));
    if (!context) return std::move(context).error();
    options.tls = *std::move(context);
  }
  return options;
}

}  // namespace procedura::bench
