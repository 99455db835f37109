#include "scenario/sections.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <utility>

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

/// One, or those of a sequence; their steps are numbered through.
std::vector<Steps> read_replies(Reading& in, const Cursor& at, const Object& stub, bool accept) {
  std::uint32_t ordinal = 0;
  const auto reply = stub.find("reply");
  const auto sequence = stub.find("sequence");
  if (reply.has_value() == sequence.has_value()) {
    in.report.error(at, std::string{"expected one of \"reply\" and \"sequence\", found "} + (reply ? "both" : "none"));
    return {};
  }
  if (reply) return {read_reply(in, *reply, accept, ordinal)};
  std::vector<Steps> replies;
  if (!check_array(in.report, *sequence, "an array of replies")) return replies;
  if ((*sequence)->items.empty()) in.report.expected(*sequence, "at least one reply");
  for (std::size_t i = 0; i < (*sequence)->items.size(); ++i) {
    replies.push_back(read_reply(in, sequence->item(i), accept, ordinal));
  }
  return replies;
}

/// What `within` says of a rule that has one.
std::optional<Duration> read_within(Reading& in, const Object& expectation) {
  const auto within = expectation.find("within");
  return within ? read_duration(in.report, *within, std::chrono::milliseconds{1}, longest_wait) : std::nullopt;
}

}  // namespace

std::optional<Stub> read_stub(Reading& in, const Cursor& at) {
  const Object object{
      in.report, at, "an object, a stub", {"name", "priority", "match", "target", "accept", "detached", "reply", "sequence"}};
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
  if (const auto detached = object.find("detached")) stub.detached = read_bool(in.report, *detached).value_or(false);
  stub.replies = read_replies(in, at, object, accept);
  return stub;
}

std::optional<Expectation> read_expectation(Reading& in, const Cursor& at) {
  const Object object{in.report,
                      at,
                      "an object, an expectation",
                      {"name", "request", "count", "within", "order", "never", "close", "unique_ids"}};
  if (!object) return std::nullopt;
  Expectation expectation{.rule = expectation::Close{}, .place = at->place};
  if (const auto name = object.require("name")) {
    expectation.name = read_string(in.report, *name, "the name of the expectation").value_or("");
  }
  const auto request = object.find("request");
  const auto order = object.find("order");
  const auto never = object.find("never");
  const auto close = object.find("close");
  const auto unique_ids = object.find("unique_ids");
  if (int{request.has_value()} + int{order.has_value()} + int{never.has_value()} + int{close.has_value()} +
          int{unique_ids.has_value()} !=
      1) {
    in.report.error(at,
                    "expected exactly one of \"request\" (with \"count\"), \"order\", \"never\", \"close\" or \"unique_ids\"");
    return expectation;
  }
  const auto count = object.find("count");
  const auto within = object.find("within");
  if (count && !request) in.report.error(*count, "expected \"count\" only beside \"request\"");
  if (within && !request && !order) in.report.error(*within, "expected \"within\" only beside \"request\" or \"order\"");
  if (request) {
    expectation::Count rule{.request = read_match(in, *request), .within = read_within(in, object)};
    if (count) read_count(in, *count, rule);
    if (within && rule.at_least == 0) {
      in.report.error(*within, "expected no \"within\" where no request has to come: let the count be at least 1");
    }
    expectation.rule = std::move(rule);
  } else if (order) {
    expectation.rule = read_order(in, *order);
    std::get<expectation::Order>(expectation.rule).within = read_within(in, object);
  } else if (never) {
    expectation.rule = expectation::Count{.request = read_match(in, *never), .at_least = 0, .at_most = 0};
  } else if (unique_ids) {
    if (!read_bool(in.report, *unique_ids).value_or(true))
      in.report.error(*unique_ids, "expected true, or no such expectation");
    expectation.rule = expectation::UniqueIds{};
  } else {
    expectation.rule = read_close(in, *close);
  }
  return expectation;
}

}  // namespace procedura::mock
