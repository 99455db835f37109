#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace procedura::mock {
namespace {

constexpr std::uint64_t most_copies = 1000;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30U;
constexpr Duration longest_pause = std::chrono::hours{1};

/// Where a fault may stand.
enum class Site : std::uint8_t { anywhere, reply, scenario };
/// Whether it is written as a word, or as `{word: value}`.
enum class Form : std::uint8_t { word, value, either };

struct Kind {
  Site site;
  Form form;
};
// In the order of the alternatives of Fault, whose names `name_of` knows.
constexpr std::array<Kind, std::variant_size_v<Fault>> kinds = {{
    {Site::anywhere, Form::word},   // reset
    {Site::anywhere, Form::word},   // drop
    {Site::anywhere, Form::value},  // close
    {Site::anywhere, Form::value},  // illegal
    {Site::anywhere, Form::word},   // half-open
    {Site::anywhere, Form::word},   // no-pong
    {Site::anywhere, Form::word},   // no-close
    {Site::anywhere, Form::value},  // bandwidth
    {Site::anywhere, Form::value},  // latency
    {Site::reply, Form::value},     // fragment
    {Site::reply, Form::value},     // dribble
    {Site::reply, Form::word},      // truncate
    {Site::reply, Form::word},      // wrong-id
    {Site::reply, Form::word},      // unknown-job
    {Site::reply, Form::either},    // duplicate
    {Site::reply, Form::word},      // omit
    {Site::reply, Form::value},     // coalesce
    {Site::reply, Form::value},     // extra
    {Site::scenario, Form::word},   // stall-upgrade
    {Site::scenario, Form::word},   // drop-upgrade
}};

/// One of each, with its defaults, in the same order.
template <std::size_t... index>
std::array<Fault, sizeof...(index)> one_of_each(std::index_sequence<index...>) {
  return {Fault{std::in_place_index<index>}...};
}
const std::array<Fault, kinds.size()>& all_faults() {
  static const auto all = one_of_each(std::make_index_sequence<kinds.size()>{});
  return all;
}

std::vector<std::string_view> names_for(Site site) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].site == Site::anywhere || kinds[i].site == site) names.emplace_back(name_of(all_faults()[i]));
  }
  return names;
}

std::string example_of(std::string_view name) {
  if (name == "close") return R"({"close": 1006})";
  if (name == "illegal") return R"({"illegal": "reserved-opcode"})";
  if (name == "bandwidth") return R"({"bandwidth": "10KiB"})";
  if (name == "latency") return R"({"latency": "20ms"})";
  if (name == "fragment") return R"({"fragment": 16})";
  if (name == "dribble") return R"({"dribble": "1ms"})";
  if (name == "coalesce") return R"({"coalesce": 2})";
  return R"({"extra": "running"})";
}

fault::CloseCode read_close_code(Reading& in, const Cursor& at) {
  if (at->kind == Node::Kind::string && at->text == "empty") return {};
  if (at->kind == Node::Kind::number) {
    if (const auto code = read_integer(in.report, at, 0, 65535)) return {static_cast<std::uint16_t>(*code)};
  } else {
    in.report.expected(at, "a close code, a whole number from 0 to 65535, or \"empty\"");
  }
  return {};
}

void read_value(Reading& in, const Cursor& at, Fault& fault) {
  using namespace std::chrono_literals;
  if (auto* close = std::get_if<fault::CloseCode>(&fault)) {
    *close = read_close_code(in, at);
  } else if (auto* illegal = std::get_if<fault::Illegal>(&fault)) {
    const auto word = read_word(in.report, at,
                                {"reserved-opcode", "reserved-bits", "masked", "oversize-length", "bad-utf8",
                                 "fragmented-control", "long-control", "lone-continuation"});
    illegal->kind = static_cast<fault::Illegal::Kind>(word.value_or(0));
  } else if (auto* bandwidth = std::get_if<fault::Bandwidth>(&fault)) {
    bandwidth->bytes_per_second = read_size(in.report, at, 0, most_bytes).value_or(0);
  } else if (auto* latency = std::get_if<fault::Latency>(&fault)) {
    latency->delay = read_delay(in, at);
  } else if (auto* fragment = std::get_if<fault::Fragment>(&fault)) {
    fragment->bytes = read_size(in.report, at, 1, most_bytes).value_or(1);
  } else if (auto* dribble = std::get_if<fault::Dribble>(&fault)) {
    dribble->pause = read_duration(in.report, at, 0s, longest_pause).value_or(0s);
  } else if (auto* duplicate = std::get_if<fault::Duplicate>(&fault)) {
    duplicate->times = read_integer(in.report, at, 2, most_copies).value_or(2);
  } else if (auto* coalesce = std::get_if<fault::Coalesce>(&fault)) {
    coalesce->frames = read_integer(in.report, at, 2, most_copies).value_or(2);
  } else if (auto* extra = std::get_if<fault::Extra>(&fault)) {
    const auto word = read_word(in.report, at, {"ack", "started", "running", "finished", "error"});
    extra->kind = static_cast<fault::Extra::Kind>(word.value_or(0));
  }
}

/// The fault of this name, if it may stand here; `at` is where the name is.
std::optional<std::size_t> find_kind(Reading& in, const Cursor& at, Place place, std::string_view name, Site site) {
  const auto& all = all_faults();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Fault& each) { return name == name_of(each); });
  if (found == all.end()) {
    const auto names = names_for(site);
    in.report.error(place, at.pointer,
                    "expected a fault, one of " + one_of(names) + ", found " + quote(name) + did_you_mean(name, names));
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(found - all.begin());
  if (kinds[index].site == Site::anywhere || kinds[index].site == site) return index;
  in.report.error(place, at.pointer,
                  quote(name) + (site == Site::reply ? " is over when a reply begins: put it into \"faults\" of the scenario"
                                                     : " needs a reply: put it among the steps of a stub"));
  return std::nullopt;
}

std::optional<Fault> read(Reading& in, const Cursor& at, Site site) {
  if (at->kind == Node::Kind::string) {
    const auto index = find_kind(in, at, at->place, at->text, site);
    if (!index) return std::nullopt;
    if (kinds[*index].form != Form::value) return all_faults()[*index];
    in.report.error(at, quote(at->text) + " takes a value, such as " + example_of(at->text));
    return std::nullopt;
  }
  if (at->kind != Node::Kind::object || at->members.size() != 1) {
    in.report.expected(at, "a fault: a word such as \"reset\", or an object of one member such as {\"close\": 1006}");
    return std::nullopt;
  }
  const NodeMember& member = at->members.front();
  const auto index = find_kind(in, at, member.key_place, member.key, site);
  if (!index) return std::nullopt;
  if (kinds[*index].form == Form::word) {
    in.report.error(member.key_place, at.pointer, quote(member.key) + " takes no value: write \"fault\": " + quote(member.key));
    return std::nullopt;
  }
  Fault fault = all_faults()[*index];
  read_value(in, at.member(member), fault);
  return fault;
}

}  // namespace

std::optional<Fault> read_fault(Reading& in, const Cursor& at) {
  return read(in, at, Site::reply);
}

std::vector<ConnectionFault> read_connection_faults(Reading& in, const Cursor& at) {
  std::vector<ConnectionFault> faults;
  if (!check_array(in.report, at, "an array of faults such as {\"fault\": \"reset\", \"when\": {\"connection\": 1}}"))
    return faults;
  for (std::size_t i = 0; i < at->items.size(); ++i) {
    const Cursor item = at.item(i);
    const Object object{in.report, item, "an object, a fault of connections", {"fault", "when"}};
    ConnectionFault each{.fault = {}, .when = {}, .place = item->place};
    if (const auto fault = object.require("fault")) each.fault = read(in, *fault, Site::scenario).value_or(Fault{});
    if (const auto when = object.find("when")) each.when = read_connection_when(in, *when);
    faults.push_back(std::move(each));
  }
  return faults;
}

}  // namespace procedura::mock
