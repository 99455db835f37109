#include "admin/views.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace procedura::mock::admin {
namespace {

using engine::Engine;
using engine::Moment;

// Milliseconds are enough for a person.
double seconds(protocol::Duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// The looks of one partition or of all; how many there are, and the first of them.
template <typename Looks, typename Show>
Json list_of(std::string_view name, const Looks& looks, const std::string* partition, std::size_t most, Show show) {
  Json list = Json::array();
  std::size_t total = 0;
  for (const auto& look : looks) {
    if (partition && look.partition != *partition) continue;
    if (++total <= most) list.push_back(show(look));
  }
  return Json{{"total", total}, {name, std::move(list)}};
}

// A list, since names of options are anybody's, and only texts are redacted.
Json fields_of(const Match& match) {
  Json fields = Json::array();
  const auto add = [&fields](std::string field, const std::optional<Condition>& condition) {
    if (condition) fields.push_back({{"field", std::move(field)}, {"expected", condition->shown}});
  };
  const auto add_list = [&add](const std::string& name, const std::optional<ListCondition>& list) {
    if (!list) return;
    for (const auto& [index, condition] : list->elements) add(fmt::format("{}[{}]", name, index), condition);
  };
  add("cmd", match.cmd);
  if (match.mode) fields.push_back({{"field", "mode"}, {"expected", std::string{to_string(*match.mode)}}});
  add_list("args", match.args);
  add_list("raw_args", match.raw_args);
  for (const auto& [name, condition] : match.options) add("options." + name, condition);
  add("user", match.user);
  add("device", match.device);
  add("connection", match.connection);
  return fields;
}

Json lateness_json(const LatenessSummary& late) {
  return Json{{"count", late.count},     {"p50_ns", late.p50_ns}, {"p90_ns", late.p90_ns},        {"p99_ns", late.p99_ns},
              {"p999_ns", late.p999_ns}, {"max_ns", late.max_ns}, {"unmeasured", late.unmeasured}};
}

// The codes can come from templates.
Json errors_of(const engine::Metrics& metrics) {
  Json errors = Json::array();
  for (const auto& [code, count] : metrics.errors) errors.push_back({{"code", code}, {"count", count}});
  return errors;
}

}  // namespace

Json connections_json(const Engine& engine, const Moment& moment, const std::string* partition, std::size_t most) {
  return list_of("connections", engine.connections(), partition, most, [&](const engine::ConnectionLook& one) {
    return Json{{"connection", one.id},
                {"partition", one.partition},
                {"ordinal", one.ordinal},
                {"user", or_null(one.user)},
                {"device", or_null(one.device)},
                {"via", one.via == engine::Via::none ? Json(nullptr) : Json(std::string{to_string(one.via)})},
                {"age_s", seconds(moment.now - one.since)},
                {"live", one.live}};
  });
}

Json jobs_json(const Engine& engine, const Moment& moment, const std::string* partition, std::size_t most) {
  return list_of("jobs", engine.jobs(), partition, most, [&](const engine::JobLook& one) {
    return Json{{"partition", one.partition},
                {"connection", one.connection == 0 ? Json(nullptr) : Json(one.connection)},
                {"instance", one.instance},
                {"stub", one.stub},
                {"cmd", one.cmd},
                {"id", one.id},
                {"job_id", one.job_id},
                {"mode", std::string{to_string(one.mode)}},
                {"frames", one.frames},
                {"age_s", seconds(moment.now - one.since)},
                {"due_in_s", one.due ? Json(seconds(std::max(*one.due - moment.now, protocol::Duration::zero()))) : Json()}};
  });
}

Json verdict_json(const Verdict& verdict) {
  Json expectations = Json::array();
  for (const auto& one : verdict.expectations) {
    Json judged{{"name", one.name}, {"met", one.met}, {"where", one.where}, {"partition", one.partition}};
    if (!one.met) judged["detail"] = one.detail;
    if (one.met_after_ns) judged["met_after_ns"] = *one.met_after_ns;
    expectations.push_back(std::move(judged));
  }
  return Json{{"met", verdict.met()},
              {"requests", verdict.requests},
              {"connections", verdict.connections},
              {"expectations", std::move(expectations)},
              {"failures", verdict.failures},
              {"more_failures", verdict.more_failures},
              {"broken", verdict.broken},
              {"more_broken", verdict.more_broken},
              {"notes", verdict.notes},
              {"more_notes", verdict.more_notes},
              {"strict", verdict.strict},
              {"deadline_passed", verdict.deadline_passed}};
}

Json scenario_json(const Scenario& scenario, std::uint64_t seed) {
  Json users = Json::array();
  for (const auto& user : scenario.settings.auth.users) users.push_back(user.name);
  Json stubs = Json::array();
  for (const auto& stub : scenario.stubs) {
    stubs.push_back({{"name", stub.name},
                     {"priority", stub.priority},
                     {"match", fields_of(stub.match)},
                     {"replies", stub.replies.size()},
                     {"where", scenario.where(stub.place)}});
  }
  Json expectations = Json::array();
  for (const auto& one : scenario.expectations) {
    expectations.push_back({{"name", one.name}, {"where", scenario.where(one.place)}});
  }
  return Json{{"name", scenario.settings.name},
              {"seed", seed},
              {"files", scenario.files},
              {"auth",
               {{"required", scenario.settings.auth.required},
                {"users", std::move(users)},
                {"tokens", scenario.settings.auth.tokens.size()}}},
              {"stubs", std::move(stubs)},
              {"expectations", std::move(expectations)}};
}

Json problems_json(const Problems& problems) {
  Json list = Json::array();
  for (const auto& one : problems) {
    list.push_back({{"severity", one.severity == Problem::Severity::error ? "error" : "warning"},
                    {"file", one.file},
                    {"line", one.place.line},
                    {"column", one.place.column},
                    {"pointer", one.pointer},
                    {"message", one.message},
                    {"text", to_string(one)}});
  }
  return list;
}

Json state_json(const Engine& engine, const Moment& moment, const Verdict& verdict, const std::string* partition,
                std::size_t most) {
  const auto metrics = engine.metrics();
  const auto& journal = engine.journal_kept();
  return Json{// Another run is another agent: what was known of the old one's journal means nothing any more.
              {"run", std::to_string(engine.start().time_since_epoch().count())},
              {"name", engine.scenario().settings.name},
              {"seed", engine.seed()},
              {"uptime_s", seconds(moment.now - engine.start())},
              {"partitions", engine.partitions()},
              {"open", connections_json(engine, moment, partition, most)},
              {"running", jobs_json(engine, moment, partition, most)},
              {"verdict", verdict_json(verdict)},
              {"journal", {{"recorded", journal.recorded()}, {"dropped", journal.dropped()}}},
              {"lateness", lateness_json(journal.lateness().summary())},
              {"frames", {{"in", metrics.frames_in}, {"out", metrics.frames_out}}},
              {"bytes", {{"in", metrics.bytes_in}, {"out", metrics.bytes_out}}},
              {"jobs", {{"finished", metrics.jobs_finished}, {"failed", metrics.jobs_failed}}},
              {"errors", errors_of(metrics)}};
}

}  // namespace procedura::mock::admin
