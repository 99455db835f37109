// What the admin side answers to those who only look.
#include "admin/admin_side.hpp"
#include "admin/journal_stream.hpp"
#include "admin/page.hpp"
#include "admin/prometheus.hpp"
#include "admin/views.hpp"

#include <fmt/format.h>

#include <utility>

namespace procedura::mock::admin {
namespace {

// The page asks for it every second.
constexpr std::size_t listed_in_state = 500;
constexpr std::size_t listed = 100'000;

}  // namespace

net::HttpResponse AdminSide::health(const Call& call) {
  const std::chrono::duration<double> uptime = call.moment.now - engine_.start();
  return answers_.json({{"status", "ok"}, {"uptime_s", uptime.count()}});
}

net::HttpResponse AdminSide::ready(const Call&) {
  const bool over = engine_.over();
  return answers_.json({{"ready", !over}, {"scenario", engine_.scenario().settings.name}}, over ? 503 : 200);
}

net::HttpResponse AdminSide::state(const Call& call) {
  if (auto response = missing(call.partition())) return std::move(*response);
  return answers_.json(state_json(engine_, call.moment, *verdict_of(call.partition()), call.partition(), listed_in_state));
}

net::HttpResponse AdminSide::connections(const Call& call) {
  if (auto response = missing(call.partition())) return std::move(*response);
  return answers_.json(connections_json(engine_, call.moment, call.partition(), listed));
}

net::HttpResponse AdminSide::jobs(const Call& call) {
  if (auto response = missing(call.partition())) return std::move(*response);
  return answers_.json(jobs_json(engine_, call.moment, call.partition(), listed));
}

net::HttpResponse AdminSide::journal(const Call& call) {
  auto query = journal_query(call.target);
  if (auto* wrong = std::get_if<std::string>(&query)) return bad_request(std::move(*wrong));
  auto& wanted = std::get<JournalQuery>(query);
  if (auto response = missing(call.partition())) return std::move(*response);
  const auto recorded = engine_.journal_kept().recorded();
  if (wanted.since > recorded) {
    return bad_request(
        fmt::format("since={} has not come yet: the last entry is {}; was the mock started anew?", wanted.since, recorded));
  }
  net::HttpResponse response;
  response.content_type = wanted.array ? "application/json" : "application/x-ndjson";
  response.source = journal_body(engine_, std::move(wanted));
  return response;
}

net::HttpResponse AdminSide::metrics(const Call& call) {
  net::HttpResponse response;
  response.content_type = prometheus_content_type;
  response.body = prometheus_text(engine_, call.moment, resident_bytes_ ? resident_bytes_() : std::nullopt);
  return response;
}

std::optional<Verdict> AdminSide::verdict_of(const std::string* partition) const {
  return partition ? engine_.verdict(*partition) : engine_.verdict();
}

net::HttpResponse AdminSide::verdict(const Call& call) {
  if (auto response = missing(call.partition())) return std::move(*response);
  return answers_.json(verdict_json(*verdict_of(call.partition())));
}

net::HttpResponse AdminSide::scenario(const Call&) {
  return answers_.json(scenario_json(engine_.scenario(), engine_.seed()));
}

net::HttpResponse AdminSide::page(const Call&) {
  net::HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::string{page_html()};
  response.headers = {{"Content-Security-Policy", std::string{page_policy()}}};
  return response;
}

net::HttpResponse AdminSide::to_page(const Call&) {
  net::HttpResponse response;
  response.status = 302;
  response.headers = {{"Location", "/__admin/ui"}};
  return response;
}

}  // namespace procedura::mock::admin
