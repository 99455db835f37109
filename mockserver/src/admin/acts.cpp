// What the admin side does to the agent.
#include "admin/admin_side.hpp"
#include "admin/emit_order.hpp"
#include "admin/views.hpp"
#include "scenario/close_code.hpp"
#include "scenario/load.hpp"
#include "scenario/suggest.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace procedura::mock::admin {
namespace {

template <typename Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

}  // namespace

net::HttpResponse AdminSide::verify(const Call& call) {
  if (auto response = no_body(call)) return std::move(*response);
  if (auto response = missing(call.partition())) return std::move(*response);
  const Verdict verdict = *verdict_of(call.partition());
  return answers_.json(verdict_json(verdict), verdict.met() ? 200 : 409);
}

net::HttpResponse AdminSide::reset(const Call& call) {
  if (auto response = no_body(call)) return std::move(*response);
  if (auto response = missing(call.partition())) return std::move(*response);
  const auto names = call.partition() ? std::vector{*call.partition()} : engine_.partitions();
  for (const auto& name : names) engine_.reset(call.moment, name, call.out);
  return answers_.json({{"reset", names}});
}

net::HttpResponse AdminSide::adopt(const Call& call) {
  // Neither the environment nor a file of this machine: who may speak to the admin side may not read those.
  const std::array texts{ScenarioText{"scenario", call.request.body}};
  auto loaded = load_scenario(texts);
  if (!loaded.scenario) {
    return answers_.error({422, "SCENARIO_ERROR", "the scenario cannot be used; the old one stays. See its problems"},
                          {{"problems", problems_json(loaded.problems)}});
  }
  const auto scenario = std::move(loaded.scenario);
  engine_.adopt(call.moment, scenario);
  return answers_.json({{"adopted", scenario->settings.name},
                        {"stubs", scenario->stubs.size()},
                        {"expectations", scenario->expectations.size()},
                        {"problems", problems_json(loaded.problems)}});
}

net::HttpResponse AdminSide::emit(const Call& call) {
  const auto read = emit_order(call.request.body);
  if (const auto* wrong = std::get_if<std::string>(&read)) return bad_request(*wrong);
  const auto& order = std::get<EmitOrder>(read);
  if (auto response = missing(order.partition ? &*order.partition : nullptr)) return std::move(*response);
  const auto push = [&](engine::ConnectionId to) -> std::size_t {
    return engine_.emit(call.moment, to, order.frame, call.out) ? 1 : 0;
  };
  std::size_t sent = 0;
  if (order.connection) {
    sent = push(*order.connection);
  } else {
    for (const auto& one : engine_.connections()) sent += one.partition == *order.partition ? push(one.id) : 0;
  }
  if (order.connection && sent == 0) return not_open(*order.connection);
  return answers_.json({{"sent", sent}});
}

net::HttpResponse AdminSide::drop(const Call& call) {
  const auto connection = whole<engine::ConnectionId>(call.rest);
  if (!connection) return bad_request(fmt::format("a connection has a number, found {}", quote(call.rest)));
  std::uint16_t code = 1001;
  if (const auto* asked = call.target.find("code")) {
    const auto number = whole<std::uint16_t>(*asked);
    if (!number || !may_be_sent(*number)) {
      return bad_request(fmt::format(
          "code takes a close code that may be sent (1000 to 1003, 1007 to 1014, 3000 to 4999), found {}", quote(*asked)));
    }
    code = *number;
  }
  if (!engine_.drop(call.moment, *connection, code, call.out)) return not_open(*connection);
  return answers_.json({{"connection", *connection}, {"closed_with", code}});
}

net::HttpResponse AdminSide::not_open(engine::ConnectionId connection) const {
  return answers_.error({404, "NO_CONNECTION", fmt::format("connection {} is not open; see /__admin/connections", connection)});
}

std::optional<net::HttpResponse> AdminSide::no_body(const Call& call) const {
  const std::string_view body = call.request.body;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;
  protocol::ObjectScanner scan{body, 256};
  if (const auto member = scan.next()) {
    return bad_request(fmt::format("{} takes no members in its body, only parameters in its URL; found {}", call.target.path,
                                   quote(member->key)));
  }
  if (scan.done()) return std::nullopt;
  return bad_request(wrong_json(body, scan.fault(), scan.offset()));
}

}  // namespace procedura::mock::admin
