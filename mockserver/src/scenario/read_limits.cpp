#include "scenario/sections.hpp"

#include <chrono>

namespace procedura::mock {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 40U;
constexpr std::uint64_t most = 1'000'000;

}  // namespace

void read_limits(Reading& in, const Cursor& at, LimitSettings& limits) {
  const Object object{in.report,
                      at,
                      "an object of limits",
                      {"pause_at", "give_up_at", "message", "connections", "live_requests", "live_bytes", "upgrade", "close"}};
  const auto size = [&](std::string_view key, std::optional<std::uint64_t>& limit) {
    if (const auto value = object.find(key)) limit = read_size(in.report, *value, 1, most_bytes);
  };
  const auto count = [&](std::string_view key, std::optional<std::uint64_t>& limit) {
    if (const auto value = object.find(key)) limit = read_integer(in.report, *value, 1, most);
  };
  const auto duration = [&](std::string_view key, std::optional<Duration>& limit) {
    if (const auto value = object.find(key)) limit = read_duration(in.report, *value, 1ms, 1h);
  };
  size("pause_at", limits.pause_at);
  size("give_up_at", limits.give_up_at);
  size("message", limits.message);
  count("connections", limits.connections);
  count("live_requests", limits.live_requests);
  size("live_bytes", limits.live_bytes);
  duration("upgrade", limits.upgrade);
  duration("close", limits.close);
  if (limits.pause_at && limits.give_up_at && *limits.pause_at > *limits.give_up_at) {
    in.report.error(at, "expected pause_at (" + show_size(*limits.pause_at) + ") to be no more than give_up_at (" +
                            show_size(*limits.give_up_at) + "): nothing would ever pause");
  }
}

std::optional<Stall> read_stall(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object with every and for", {"every", "for"}};
  if (!object) return std::nullopt;
  const std::size_t errors = in.report.errors();
  Stall stall;
  if (const auto every = object.require("every")) {
    stall.every = read_duration(in.report, *every, 1ms, longest_wait).value_or(stall.every);
  }
  if (const auto length = object.require("for")) {
    stall.length = read_duration(in.report, *length, 1ms, longest_wait).value_or(stall.length);
  }
  if (in.report.errors() > errors) return std::nullopt;
  if (stall.length < stall.every) return stall;
  in.report.error(at, "expected \"for\" (" + show_duration(stall.length) + ") to be less than \"every\" (" +
                          show_duration(stall.every) + "): the agent would never move");
  return std::nullopt;
}

}  // namespace procedura::mock
