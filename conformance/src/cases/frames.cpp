// What an agent says, held against the published schemas of protocol/schema. The other areas judge what frames do; this one,
// what each of them looks like.
#include "../frame_schema.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/json_text.hpp>

#include <functional>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;
using protocol::Status;

/// The messages with this status that came since entry `from`, as text: also those that no client could read as a reply. A
/// running that names no request and no job is an event of the agent's own, and has no schema.
std::vector<std::string_view> said(const Transcript& transcript, std::size_t from, Status status) {
  std::vector<std::string_view> out;
  for (std::size_t i = from; i < transcript.size(); ++i) {
    if (transcript[i].kind != Entry::Kind::received) {
      continue;
    }
    bool is_one = false;
    bool targeted = false;
    for (protocol::ObjectScanner scan{transcript[i].text, 256}; const auto member = scan.next();) {
      if (protocol::string_equals(member->key, "status")) {
        is_one = protocol::string_equals(member->value, to_string(status));
      }
      targeted |= protocol::string_equals(member->key, "id") || protocol::string_equals(member->key, "job_id");
    }
    if (is_one && (targeted || status != Status::running)) {
      out.push_back(transcript[i].text);
    }
  }
  return out;
}

using Concerns = std::function<bool(const FrameProblem&)>;

bool anything(const FrameProblem&) {
  return true;
}

/// What stands on a clause of its own is judged apart, so that each clause is held against an agent at its own weight.
Concerns only(std::string member) {
  return [member = std::move(member)](const FrameProblem& problem) { return problem.member == member; };
}
Concerns all_but(std::string member) {
  return [member = std::move(member)](const FrameProblem& problem) { return problem.member != member; };
}

Finding fits(std::string_view schema, std::string_view text, const Concerns& concerns = anything) {
  for (const FrameProblem& problem : frame_problems(schema, text)) {
    if (concerns(problem)) {
      return Finding::broken(std::string{schema} + ": " + problem.what);
    }
  }
  return Finding::kept();
}

Finding all_fit(std::string_view schema, const std::vector<std::string_view>& frames, const Exchange& exchange,
                const Concerns& concerns = anything) {
  for (const std::string_view frame : frames) {
    if (Finding seen = fits(schema, frame, concerns); seen.kind != Finding::Kind::kept) {
      return seen;
    }
  }
  return frames.empty() ? Finding::untestable("no such frame came: " + story(exchange)) : Finding::kept();
}

void sync(Case& c) {
  Connection& connection = c.session();
  const std::size_t from = c.transcript().size();
  const Exchange& exchange = connection.call(c.request(Need::quick));
  const auto acks = said(c.transcript(), from, Status::ack);
  c.judge("ack", all_fit("ack", acks, exchange, all_but("/job_id")));
  c.judge("ack-job-id", all_fit("ack", acks, exchange, only("/job_id")));
  c.judge("finished", all_fit("finished", said(c.transcript(), from, Status::finished), exchange));
}

void async(Case& c) {
  Connection& connection = c.session();
  const std::size_t from = c.transcript().size();
  const Exchange& exchange = connection.call(c.request(Need::streaming, Mode::async));
  const auto started = said(c.transcript(), from, Status::started);
  c.judge("started", all_fit("started", started, exchange, all_but("/id")));
  c.judge("started-id", all_fit("started", started, exchange, only("/id")));
  c.judge("running", all_fit("running", said(c.transcript(), from, Status::running), exchange));
  c.judge("finished", all_fit("finished", said(c.transcript(), from, Status::finished), exchange));
}

void error(Case& c) {
  Connection& connection = c.session();
  const std::size_t from = c.transcript().size();
  const Exchange& exchange = connection.call(c.request(Need::failing));
  const auto errors = said(c.transcript(), from, Status::error);
  c.judge("error", all_fit("error", errors, exchange, all_but("/code")));
  c.judge("code", all_fit("error", errors, exchange, only("/code")));
}

/// The result of `request`, held against `schema`.
Finding result_fits(Connection& connection, const Request& request, std::string_view schema,
                    const Concerns& concerns = anything) {
  const Exchange& exchange = connection.call(request);
  const Frame* end = exchange.terminal();
  if (end == nullptr || end->reply.status != Status::finished) {
    return Finding::untestable("there is no result to look at: " + story(exchange));
  }
  return end->reply.result_span.present() ? fits(schema, end->reply.result(), concerns)
                                          : Finding::broken("finished without a result");
}

void login(Case& c) {
  c.judge("result", result_fits(c.connect(), c.login(), "login-result"));
  if (c.wants("session")) {
    c.judge("session", result_fits(c.connect(), c.login(), "login-session", all_but("/session_token")));
  }
}

void built_in(Case& c, std::string_view check, const char* cmd, std::string_view schema) {
  if (c.wants(check)) {
    c.judge(check, result_fits(c.session(), c.request(cmd, {}), schema));
  }
}

void built_ins(Case& c) {
  built_in(c, "keepalive", "__keepalive", "keepalive-result");
  built_in(c, "ws-metrics", "__diag_ws_metrics", "diag-ws-metrics-result");
  built_in(c, "auth", "__diag_auth", "diag-auth-result");
}

}  // namespace

void add_frames(Registry& all) {
  all.push_back({.id = "frames/sync",
                 .title = "The replies to a sync request, by their schemas",
                 .needs = {Need::quick},
                 .after = {upgraded},
                 .checks = {{"ack", "SYN-1", Source::documented, "as ack.schema.json says"},
                            {"ack-job-id", "SYN-2", Source::observed, "no job_id, or a string that is not empty"},
                            {"finished", "SYN-1", Source::documented, "as finished.schema.json says"}},
                 .run = sync});
  all.push_back({.id = "frames/async",
                 .title = "The replies to an async request, by their schemas",
                 .needs = {Need::streaming},
                 .after = {upgraded},
                 .checks = {{"started", "ASY-1", Source::documented, "as started.schema.json says"},
                            {"started-id", "ASY-2", Source::observed, "no id, or a string that is not empty"},
                            {"running", "ASY-3", Source::observed, "as running.schema.json says"},
                            {"finished", "ASY-3", Source::observed, "as finished.schema.json says"}},
                 .run = async});
  all.push_back({.id = "frames/error",
                 .title = "The error of the failing module, by its schema",
                 .needs = {Need::failing},
                 .after = {upgraded},
                 .checks = {{"error", "ERR-1", Source::documented, "as error.schema.json says"},
                            {"code", "ERR-1", Source::observed, "no code, or one that is a string"}},
                 .run = error});
  all.push_back({.id = "frames/login",
                 .title = "The result of a login, by its schemas",
                 .needs = {Need::credential},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"result", "LOG-2", Source::documented, "as login-result.schema.json says"},
                            {"session", "LOG-4", Source::ours, "as login-session.schema.json says"}},
                 .run = login});
  all.push_back({.id = "frames/built-ins",
                 .title = "The results of the built-in commands, by their schemas",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"keepalive", "BLT-1", Source::ours, "as keepalive-result.schema.json says"},
                            {"ws-metrics", "BLT-2", Source::ours, "as diag-ws-metrics-result.schema.json says"},
                            {"auth", "BLT-3", Source::ours, "as diag-auth-result.schema.json says"}},
                 .run = built_ins});
}

}  // namespace procedura::conformance::cases
