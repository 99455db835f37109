#pragma once

#include <procedura/conformance/wire.hpp>
#include <procedura/url.hpp>

#include <boost/asio/io_context.hpp>

#include <string>

namespace procedura::conformance {

/// Connects below WebSocket. `ca`: a PEM file of authorities; empty: the system's. What TLS shows is looked at and not minded:
/// whether it is to be trusted is for the cases to judge. The wire must not outlive `context`.
RawDialed dial_raw_socket(boost::asio::io_context& context, const Endpoint& endpoint, const std::string& ca, Depth depth,
                          TimePoint until);

}  // namespace procedura::conformance
