#include "admin/journal_stream.hpp"

#include "engine/journal_text.hpp"
#include "scenario/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace procedura::mock::admin {
namespace {

using Direction = JournalEntry::Direction;

// A piece of a body: enough to be worth a write, too little to keep the engine from its other work.
constexpr std::size_t piece = std::size_t{64} * 1024;
constexpr std::uint64_t at_once = 64;  // entries

constexpr std::array<std::pair<std::string_view, Direction>, 3> directions{
    {{"in", Direction::in}, {"out", Direction::out}, {"note", Direction::note}}};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

/// Reads the parameters of a target one by one, and keeps the first thing that is wrong with them.
class Reader {
 public:
  explicit Reader(const Target& target) : target_{target} {}

  std::optional<std::string> text(std::string_view name) {
    const auto* value = target_.find(name);
    return value ? std::optional{*value} : std::nullopt;
  }
  std::optional<std::uint64_t> whole(std::string_view name) {
    const auto* value = target_.find(name);
    if (!value) return std::nullopt;
    const auto whole = number(*value);
    if (!whole) fail(name, "a whole number", *value);
    return whole;
  }
  bool flag(std::string_view name) {
    const auto* value = target_.find(name);
    if (!value || *value == "0" || *value == "false") return false;
    if (!value->empty() && *value != "1" && *value != "true") fail(name, "1 or 0", *value);
    return true;
  }
  void fail(std::string_view name, std::string_view wanted, std::string_view found) {
    if (!wrong_) wrong_ = fmt::format("{} takes {}, found {}", name, wanted, quote(found));
  }
  const std::optional<std::string>& wrong() const noexcept { return wrong_; }

 private:
  const Target& target_;
  std::optional<std::string> wrong_;
};

class JournalBody final : public net::BodySource {
 public:
  JournalBody(const engine::Engine& engine, JournalQuery query)
      : engine_{engine}, query_{std::move(query)}, seen_{query_.since}, end_{engine.journal_kept().recorded()} {}

  std::string more() override {
    std::string out;
    if (query_.array && !begun_) out += '[';
    begun_ = true;
    if (!over_) take(out);
    if (query_.array && over_ && !std::exchange(closed_, true)) out += "]\n";
    return out;
  }

  bool over() const override { return over_ && (closed_ || !query_.array); }

 private:
  // A piece may be long in coming where little passes the filter: it is looked for until there is one, or no more.
  void take(std::string& out) {
    const auto& journal = engine_.journal_kept();
    const std::uint64_t end = query_.follow ? journal.recorded() : end_;
    while (out.size() < piece && seen_ < end && !over_) {
      const std::uint64_t wanted = query_.limit ? std::min(*query_.limit - given_, at_once) : at_once;
      const auto page = journal.since(seen_, wanted, query_.filter, engine_.secrets());
      if (page.missed > 0) engine::append_ndjson_gap(separated(out), journal.dropped() - page.missed + 1, page.missed);
      for (const auto& entry : page.entries) {
        if (entry.seq > end) break;
        engine::append_ndjson(separated(out), entry);
        ++given_;
      }
      seen_ = page.next;
      over_ = query_.limit && given_ >= *query_.limit;
    }
    if (!query_.follow && seen_ >= end) over_ = true;
  }

  std::string& separated(std::string& out) {
    if (query_.array && !std::exchange(first_, false)) out += ',';
    return out;
  }

  const engine::Engine& engine_;
  JournalQuery query_;
  std::uint64_t seen_;
  std::uint64_t end_;  // of what was there when it was asked for
  std::uint64_t given_ = 0;
  bool begun_ = false;
  bool first_ = true;
  bool over_ = false;
  bool closed_ = false;
};

}  // namespace

std::variant<JournalQuery, std::string> journal_query(const Target& target) {
  Reader read{target};
  JournalQuery query;
  query.filter.partition = read.text("partition");
  query.filter.connection = read.whole("connection");
  query.filter.stub = read.text("stub");
  query.filter.cmd = read.text("cmd");
  query.filter.contains = read.text("contains").value_or("");
  query.filter.faults_only = read.flag("faults");
  query.since = read.whole("since").value_or(0);
  query.limit = read.whole("limit");
  query.follow = read.flag("follow");
  if (const auto* direction = target.find("direction")) {
    for (const auto& [name, value] : directions) {
      if (*direction == name) query.filter.direction = value;
    }
    if (!query.filter.direction) read.fail("direction", R"("in", "out" or "note")", *direction);
  }
  if (const auto* format = target.find("format")) {
    if (*format != "json" && *format != "ndjson") read.fail("format", R"("ndjson" or "json")", *format);
    query.array = *format == "json";
  }
  if (query.limit == 0U) read.fail("limit", "a number from 1 on", "0");
  if (query.array && query.follow) read.fail("follow", "no format=json: an array that never ends is no JSON", "1");
  if (read.wrong()) return *read.wrong();
  return query;
}

std::shared_ptr<net::BodySource> journal_body(const engine::Engine& engine, JournalQuery query) {
  return std::make_shared<JournalBody>(engine, std::move(query));
}

}  // namespace procedura::mock::admin
