// Who is answered, and which function answers. What they answer stands in looks.cpp and acts.cpp.
#include "admin/admin_side.hpp"

#include "scenario/suggest.hpp"

#include <procedura/protocol/nearest_word.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace procedura::mock::admin {
namespace {

constexpr std::string_view root = "/__admin/";

bool is_json(std::string_view content_type) {
  const auto essence = content_type.substr(0, content_type.find(';'));
  return boost::algorithm::iequals(boost::algorithm::trim_copy(std::string{essence}), "application/json");
}

}  // namespace

struct AdminSide::Route {
  std::string_view path;  ///< behind /__admin/; one that ends with a slash has a rest
  std::string_view method;
  net::HttpResponse (AdminSide::*handler)(const Call&);
  std::vector<std::string_view> parameters = {};
  bool open = false;  ///< the same for everybody, and no secret: needs no token

  bool is_for(std::string_view asked) const {
    return path.ends_with('/') ? asked.size() > path.size() && asked.starts_with(path) : asked == path;
  }
};

const std::vector<AdminSide::Route>& AdminSide::routes() {
  static const std::vector<Route> all{
      {"health", "GET", &AdminSide::health},
      {"ready", "GET", &AdminSide::ready},
      {"state", "GET", &AdminSide::state, {"partition"}},
      {"connections", "GET", &AdminSide::connections, {"partition"}},
      {"connections/", "DELETE", &AdminSide::drop, {"code"}},
      {"jobs", "GET", &AdminSide::jobs, {"partition"}},
      {"journal",
       "GET",
       &AdminSide::journal,
       {"partition", "connection", "stub", "direction", "cmd", "contains", "faults", "since", "limit", "follow", "format"}},
      {"metrics", "GET", &AdminSide::metrics},
      {"verdict", "GET", &AdminSide::verdict, {"partition"}},
      {"verify", "POST", &AdminSide::verify, {"partition"}},
      {"scenario", "GET", &AdminSide::scenario},
      {"scenario", "PUT", &AdminSide::adopt},
      {"reset", "POST", &AdminSide::reset, {"partition"}},
      {"emit", "POST", &AdminSide::emit},
      {"ui", "GET", &AdminSide::page, {}, true},
      {"", "GET", &AdminSide::to_page, {}, true},
  };
  return all;
}

AdminSide::AdminSide(engine::Engine& engine, AdminOptions options, ResidentBytes resident_bytes)
    : engine_{engine}, gate_{std::move(options)}, resident_bytes_{std::move(resident_bytes)}, answers_{engine.secrets()} {}

net::HttpResponse AdminSide::answer(const net::HttpRequest& request, const engine::Moment& moment, engine::Outputs& out) {
  auto response = answer_known(request, moment, out);
  // Whatever a page of another origin does with an answer, it shall not be to run, frame or keep it.
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  if (gate_.enabled() && gate_.is_guest(request)) {
    response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
    response.headers.emplace_back("Vary", "Origin");
  }
  if (request.method == "HEAD") response.source.reset();
  return response;
}

net::HttpResponse AdminSide::answer_known(const net::HttpRequest& request, const engine::Moment& moment, engine::Outputs& out) {
  if (!gate_.enabled()) {
    return answers_.error({404, "ADMIN_OFF",
                           "the admin side is off, because others than this machine can connect; start mock-agent with "
                           "--admin-token-file to have it"});
  }
  if (const auto denied = gate_.check_sender(request)) return answers_.error(*denied);
  if (request.method == "OPTIONS" && gate_.is_guest(request)) return preflight();
  const auto target = parse_target(request.target);
  if (const auto* wrong = std::get_if<std::string>(&target)) return bad_request(*wrong);
  return dispatch({request, std::get<Target>(target), {}, moment, out});
}

net::HttpResponse AdminSide::dispatch(Call call) {
  const std::string_view asked_for = call.target.path;
  const std::string_view path = asked_for == "/__admin" ? root : asked_for;
  const std::string_view method = call.request.method == "HEAD" ? "GET" : std::string_view{call.request.method};
  std::vector<std::string_view> methods;
  if (path.starts_with(root)) {
    const auto name = path.substr(root.size());
    for (const Route& route : routes()) {
      if (!route.is_for(name)) continue;
      methods.push_back(route.method);
      if (route.method != method) continue;
      if (route.path.ends_with('/')) call.rest = name.substr(route.path.size());
      return carry_out(route, call);
    }
  }
  // Whoever has no token is not told what there is.
  if (const auto denied = gate_.check_token(call.request)) return answers_.error(*denied);
  if (methods.empty()) return unknown_path(asked_for);
  if (methods.front() == "GET") methods.insert(methods.begin() + 1, "HEAD");
  auto response =
      answers_.error({405, "WRONG_METHOD",
                      fmt::format("{} takes {}, not {}", asked_for, fmt::join(methods, ", "), quote(call.request.method))});
  response.headers.emplace_back("Allow", fmt::format("{}", fmt::join(methods, ", ")));
  return response;
}

net::HttpResponse AdminSide::carry_out(const Route& route, const Call& call) {
  if (!route.open) {
    if (const auto denied = gate_.check_token(call.request)) return answers_.error(*denied);
  }
  // A form of another site can send a POST, but never one of this type. (It cannot DELETE at all.)
  if ((route.method == "POST" || route.method == "PUT") && !is_json(call.request.content_type)) {
    return answers_.error(
        {415, "NOT_JSON",
         fmt::format("{} takes Content-Type: application/json, found {}", call.target.path, quote(call.request.content_type))});
  }
  if (const auto wrong = unknown_parameter(call.target, route.parameters)) return bad_request(*wrong);
  return (this->*route.handler)(call);
}

net::HttpResponse AdminSide::unknown_path(std::string_view path) const {
  std::vector<std::string> paths;
  for (const Route& route : routes()) {
    std::string one = std::string{root} + std::string{route.path};
    if (route.path.ends_with('/')) one += "N";
    if (paths.empty() || paths.back() != one) paths.push_back(std::move(one));
  }
  const std::vector<std::string_view> names{paths.begin(), paths.end()};
  return answers_.error({404, "NOT_FOUND", fmt::format("there is no {}{}", quote(path), did_you_mean(path, names))},
                        {{"paths", paths}});
}

net::HttpResponse AdminSide::preflight() const {
  net::HttpResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
                      {"Access-Control-Max-Age", "600"}};
  return response;
}

net::HttpResponse AdminSide::bad_request(std::string message) const {
  return answers_.error({400, "BAD_REQUEST", std::move(message)});
}

std::optional<net::HttpResponse> AdminSide::missing(const std::string* partition) const {
  const auto known = engine_.partitions();
  if (!partition || std::find(known.begin(), known.end(), *partition) != known.end()) return std::nullopt;
  const std::vector<std::string_view> names{known.begin(), known.end()};
  return answers_.error(
      {404, "NO_PARTITION", fmt::format("there is no partition {}{}", quote(*partition), did_you_mean(*partition, names))},
      {{"partitions", known}});
}

}  // namespace procedura::mock::admin
