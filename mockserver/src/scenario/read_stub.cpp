#include "scenario/sections.hpp"

#include <limits>

namespace procedura::mock {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

void read_count(Reading& in, const Cursor& at, expectation::Count& count) {
  if (at->kind != Node::Kind::object) {
    count.at_least = read_integer(in.report, at, 0, most).value_or(0);
    count.at_most = count.at_least;
    return;
  }
  const Object object{in.report, at, "an object", {"atLeast", "atMost"}};
  if (at->members.empty()) in.report.expected(at, "atLeast, atMost or both");
  const auto low = object.find("atLeast");
  const auto high = object.find("atMost");
  count.at_least = low ? read_integer(in.report, *low, 0, most).value_or(0) : 0;
  if (high) count.at_most = read_integer(in.report, *high, 0, most);
  if (count.at_most && count.at_least > *count.at_most) {
    in.report.error(at, "expected atLeast to be no more than atMost: it could never be met");
  }
}

expectation::Order read_order(Reading& in, const Cursor& at) {
  expectation::Order order;
  if (!check_array(in.report, at, "an array of requests")) return order;
  if (at->items.size() < 2) in.report.error(at, "expected at least two requests, of which one comes before the other");
  for (std::size_t i = 0; i < at->items.size(); ++i) order.requests.push_back(read_match(in, at.item(i)));
  return order;
}

expectation::Close read_close(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object", {"code"}};
  const auto code = object.require("code");
  if (!code) return {};
  return {static_cast<std::uint16_t>(read_integer(in.report, *code, 1000, 4999).value_or(1000))};
}

}  // namespace

std::optional<Stub> read_stub(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object, a stub", {"name", "priority", "match", "target", "accept", "reply"}};
  if (!object) return std::nullopt;
  Stub stub{.place = at->place};
  if (const auto name = object.require("name")) stub.name = read_string(in.report, *name, "the name of the stub").value_or("");
  if (const auto priority = object.find("priority")) {
    constexpr std::int32_t bound = 1'000'000;
    const auto value = read_number(in.report, *priority, -bound, bound);
    stub.priority = static_cast<std::int32_t>(value.value_or(0));
    if (value && static_cast<double>(stub.priority) != *value) in.report.expected(*priority, "a whole number");
  }
  if (const auto match = object.require("match")) stub.match = read_match(in, *match);
  if (const auto target = object.find("target")) stub.target = read_target(in, *target);
  bool accept = true;
  if (const auto key = object.find("accept")) accept = read_bool(in.report, *key).value_or(true);
  if (const auto reply = object.require("reply")) stub.replies.push_back(read_reply(in, *reply, accept));
  return stub;
}

std::optional<Expectation> read_expectation(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object, an expectation", {"name", "request", "count", "order", "close"}};
  if (!object) return std::nullopt;
  Expectation expectation{.rule = expectation::Close{}, .place = at->place};
  if (const auto name = object.require("name")) {
    expectation.name = read_string(in.report, *name, "the name of the expectation").value_or("");
  }
  const auto request = object.find("request");
  const auto order = object.find("order");
  const auto close = object.find("close");
  const auto count = object.find("count");
  if (int{request.has_value()} + int{order.has_value()} + int{close.has_value()} != 1) {
    in.report.error(at, "expected one of \"request\" (with \"count\"), \"order\" or \"close\"");
    return expectation;
  }
  if (count && !request) in.report.error(*count, "expected \"count\" only beside \"request\"");
  if (request) {
    expectation::Count rule{.request = read_match(in, *request)};
    if (count) read_count(in, *count, rule);
    expectation.rule = std::move(rule);
  } else if (order) {
    expectation.rule = read_order(in, *order);
  } else {
    expectation.rule = read_close(in, *close);
  }
  return expectation;
}

}  // namespace procedura::mock
