#pragma once

#include "net/session.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <memory>

namespace procedura::mock::net {

/// A connection that the engine lets in, from its upgrade request on, which is not answered yet.
std::shared_ptr<Session> make_websocket_session(std::shared_ptr<Wire> wire, SessionHost& host, engine::door::Accept accepted,
                                                boost::beast::http::request<boost::beast::http::string_body> upgrade);

}  // namespace procedura::mock::net
