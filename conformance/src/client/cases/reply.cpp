#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

const ordered_json with_job = {{"job_id", "job-1"}};

ordered_json result(const std::string& word) {
  return one("result", word);
}

/// The frames came in one segment, as they were meant to; else nothing was tried.
Finding tried(const ClientRun& run, std::size_t frames, Finding finding) {
  return came_together(run, frames) ? std::move(finding)
                                    : Finding::untestable("the frames did not come in one segment; " + story(run.child));
}

void sync_segment(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  const ClientRun& together_run = play(c, {together(2), own("ack", with_job), by_job("finished", result(word))}, bare);
  c.judge("together", tried(together_run, 2, reports_word(c, together_run, word)));
  const ClientRun& later = play(c, {own("ack", with_job), delay("100ms"), by_job("finished", result(word))}, bare);
  c.judge("later", reports_word(c, later, word));
  const ClientRun& no_ack = play(c, {own("finished", result(word))}, bare);
  c.judge("without-ack", reports_word(c, no_ack, word));
  const ClientRun& busy = play(c, {own("ack", with_job), own("running", one("n", 1)), own("finished", result(word))}, bare);
  c.judge("running", reports_word(c, busy, word));
}

void stream_segment(ClientCase& c) {
  const std::string update = c.fresh_word("update");
  const std::string word = c.fresh_word("result");
  const ClientRun& run =
      play(c, {together(3), own("started", with_job), by_job("running", one("word", update)), by_job("finished", result(word))},
           bare, {.command = Need::stream_command});
  c.judge("updates", tried(run, 3, reports_word(c, run, update)));
  c.judge("result", tried(run, 3, reports_word(c, run, word)));
}

void started_without_id(ClientCase& c) {
  const std::string update = c.fresh_word("update");
  const std::string word = c.fresh_word("result");
  const ClientRun& run = play(c, {by_job("started"), by_job("running", one("word", update)), by_job("finished", result(word))},
                              bare, {.command = Need::stream_command});
  c.judge("updates", reports_word(c, run, update));
  c.judge("result", reports_word(c, run, word));
}

void targets(ClientCase& c) {
  struct Way {
    const char* check;
    ordered_json (*frame)(const char*, ordered_json);
    ordered_json more;
  };
  for (const Way& way : {Way{"by-id", own, ordered_json::object()}, Way{"by-job-id", by_job, ordered_json::object()},
                         Way{"by-both", own, with_job}}) {
    const std::string update = c.fresh_word("update");
    const std::string word = c.fresh_word("result");
    ordered_json running_members = way.more;
    running_members["word"] = update;
    ordered_json final_members = way.more;
    final_members["result"] = word;
    const ClientRun& run =
        play(c, {own("started", with_job), way.frame("running", running_members), way.frame("finished", final_members)}, bare,
             {.command = Need::stream_command});
    c.judge(way.check, both(reports_word(c, run, update), reports_word(c, run, word)));
  }
}

void judge_error(ClientCase& c, const ClientRun& run, const std::string& message) {
  c.judge("ends", ends_soon_after_result(run, c.profile().exit_within));
  c.judge("exit-code", fails(run));
  c.judge("message", tells_people(run, message));
}

template <Need command, bool at_once>
void failure(ClientCase& c) {
  const std::string message = c.fresh_word("the module failed");
  const Steps steps = at_once ? Steps{error("NO_WORLD", message)} : Steps{accept, running("n", 1), error("NO_WORLD", message)};
  judge_error(c, play(c, steps, bare, {.command = command}), message);
}

/// Finals of other requests, of every kind, between the first frame of its own and the last.
template <Need command>
void others(ClientCase& c) {
  const std::string mine = c.fresh_word("mine");
  const std::string foreign = c.fresh_word("foreign");
  const std::string nobodys = c.fresh_word("nobodys");
  Steps steps = {own(command == Need::run_command ? "ack" : "started", with_job)};
  for (const ordered_json& target :
       {ordered_json{{"id", "ffffffff"}}, ordered_json{{"job_id", "job-2"}}, ordered_json{{"id", "${id}0"}},
        ordered_json{{"id", ""}, {"job_id", "job-11"}}, ordered_json::object()}) {
    // What is addressed to nobody a client may show as news. It must not be its result.
    const std::string& word = target.empty() ? nobodys : foreign;
    ordered_json final_frame = target;
    final_frame.update(ordered_json{{"status", "finished"}, {"result", word}});
    ordered_json error_frame = target;
    error_frame.update(ordered_json{{"status", "error"}, {"message", word}});
    steps.push_back(send(final_frame));
    steps.push_back(send(error_frame));
  }
  steps.push_back(delay("50ms"));
  steps.push_back(own("finished", result(mine)));
  const ClientRun& run = play(c, steps, bare, {.command = command});
  c.judge("own", reports_word(c, run, mine));
  c.judge("foreign", unreported(run, foreign));
}

template <Need command>
void late_frames(ClientCase& c) {
  const std::string word = c.fresh_word("result");
  const std::string late = c.fresh_word("late");
  const ClientRun& run = play(c,
                              {together(4), own(command == Need::run_command ? "ack" : "started", with_job),
                               own("finished", result(word)), own("running", one("word", late)), own("finished", result(late))},
                              bare, {.command = command});
  c.judge("first", tried(run, 4, reports_word(c, run, word)));
  c.judge("late", tried(run, 4, unreported(run, late)));
}

void strange(ClientCase& c) {
  const auto survives = [&c](const char* check, const Steps& strange_steps) {
    const std::string word = c.fresh_word("result");
    Steps steps = {accept};
    steps.insert(steps.end(), strange_steps.begin(), strange_steps.end());
    steps.push_back(delay("20ms"));
    steps.push_back(finished(word));
    if (c.wants(check)) {
      c.judge(check, reports_word(c, play(c, steps, bare), word));
    }
  };
  survives("unknown-status", {own("contemplating", one("depth", 3)), send({{"status", "contemplating"}})});
  survives("untargeted", {send({{"status", "world_saved"}, {"at", 12}}), send({{"hello", "world"}}),
                          send({{"status", "error"}, {"message", "of nobody"}})});
  survives("more-members", {own("running", {{"status_text", "x"}, {"nested", {{"status", "finished"}, {"result", 1}}}})});
  survives("junk", {raw("junk"), raw(""), raw("{"), raw("{\"a\":\"\\ud800\"}"), raw("17")});
  survives("array", {raw("[]"), raw("[{\"id\":\"${id}\",\"status\":\"finished\",\"result\":1}]")});
  survives("binary", {one("raw", one("base64", "eyJzdGF0dXMiOiJmaW5pc2hlZCJ9")), one("raw", one("base64", "AP8="))});
}

void broken_frame(ClientCase& c) {
  const ClientRun& run = play(c, {accept, raw("{\"id\":\"${id}\",\"status\":\"finished\",\"result\":{\"cut\":")}, bare);
  c.judge("ends", ends_soon_after_result(run, c.profile().exit_within));
  c.judge("named", names(run, "PROTOCOL_ERROR"));
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

void deep(ClientCase& c) {
  const ClientRun& run =
      play(c, {accept, raw("{\"id\":\"${id}\",\"status\":\"finished\",\"result\":" + nested(300) + "}")}, bare);
  c.judge("named", names(run, "PROTOCOL_ERROR"));
  const std::string word = c.fresh_word("result");
  const ClientRun& deepest = play(c, {accept, raw("{\"note\":" + nested(100'000) + "}"), delay("50ms"), finished(word)}, bare);
  c.judge("alive", reports_word(c, deepest, word));
}

}  // namespace

void add_client_reply(Registry& all) {
  constexpr auto D = Source::documented;
  constexpr auto O = Source::observed;
  constexpr auto X = Source::ours;
  const std::vector<Need> run = {Need::run_command, Need::result_on_stdout};
  const std::vector<Need> stream = {Need::stream_command, Need::result_on_stdout};
  const auto add = [&all](std::string_view id, std::string_view title, std::vector<Need> needs, std::vector<CheckSpec> checks,
                          void (*story)(ClientCase&)) {
    const bool streams = needs.front() == Need::stream_command;
    all.push_back({.id = id,
                   .title = title,
                   .needs = std::move(needs),
                   .after = {streams ? stream_request_result : sync_request_result},
                   .session = false,
                   .checks = std::move(checks),
                   .run = story,
                   .deadline = std::chrono::seconds{30}});
  };
  constexpr auto on_stdout = "the result on stdout";
  constexpr auto told = "what the running frame has, on stdout";
  add("client-reply/sync-segment", "A result by job_id, in the segment of its ack and later; one without an ack", run,
      {{"together", "ASY-3", O, on_stdout},
       {"later", "SYN-2", O, on_stdout},
       {"without-ack", "SYN-1", O, on_stdout},
       {"running", "SYN-3", O, "the result on stdout, though a running frame came before it"}},
      sync_segment);
  add("client-reply/stream-segment", "started, running and finished in one segment, by job_id", stream,
      {{"updates", "ASY-3", O, told}, {"result", "ASY-3", O, on_stdout}}, stream_segment);
  add("client-reply/started-without-id", "A started with nothing but a job_id, as documented", stream,
      {{"updates", "ASY-2", O, told}, {"result", "ASY-2", O, on_stdout}}, started_without_id);
  add("client-reply/targets", "Frames that bear the id, the job_id, or both", stream,
      {{"by-id", "ASY-3", O, "what running and finished have, on stdout"},
       {"by-job-id", "ASY-3", O, "what running and finished have, on stdout"},
       {"by-both", "ASY-3", O, "what running and finished have, on stdout", {}, "who fails this fails the first stream, too"}},
      targets);

  const std::vector<CheckSpec> of_error = {{"ends", "ERR-1", O, "the program's end, soon after the error"},
                                           {"exit-code", "CLI-3", X, "another exit code than 0"},
                                           {"message", "CLI-3", X, "the error's message on stderr"}};
  const std::vector<Need> run_alone = {Need::run_command};
  const std::vector<Need> stream_alone = {Need::stream_command};
  add("client-reply/error-at-once", "An error as the first frame, to a synchronous request", run_alone, of_error,
      failure<Need::run_command, true>);
  add("client-reply/error-late", "An error after ack and running, to a synchronous request", run_alone, of_error,
      failure<Need::run_command, false>);
  add("client-reply/stream-error-at-once", "An error as the first frame, to an asynchronous request", stream_alone, of_error,
      failure<Need::stream_command, true>);
  add("client-reply/stream-error-late", "An error after started and running", stream_alone, of_error,
      failure<Need::stream_command, false>);

  const std::vector<CheckSpec> of_others = {{"own", "ORD-1", D, on_stdout},
                                            {"foreign", "ORD-1", D, "nothing of other requests' finals on stdout"}};
  add("client-reply/others", "Finals and errors of other requests, before its own", run, of_others, others<Need::run_command>);
  add("client-reply/stream-others", "Finals and errors of other requests, to an asynchronous one", stream, of_others,
      others<Need::stream_command>);

  const std::vector<CheckSpec> of_late = {{"first", "END-1", D, on_stdout},
                                          {"late", "END-1", D, "nothing on stdout of what follows the terminal frame"}};
  add("client-reply/late-frames", "Frames behind the terminal one, in its segment", run, of_late,
      late_frames<Need::run_command>);
  add("client-reply/stream-late-frames", "Frames behind the terminal one of a stream, in its segment", stream, of_late,
      late_frames<Need::stream_command>);

  constexpr auto survived = "the result that comes behind it, on stdout";
  add("client-reply/strange", "Frames of no known status, of nobody, and messages that are none", run,
      {{"unknown-status", "RES-1", O, survived},
       {"untargeted", "RES-1", O, survived},
       {"more-members", "RES-1", O, survived},
       {"junk", "CON-4", X, survived},
       {"array", "CON-4", X, survived},
       {"binary", "CON-4", X, survived}},
      strange);
  all.back().deadline = std::chrono::seconds{60};
  add("client-reply/broken-frame", "A frame that bears the request's id, and is cut off", run_alone,
      {{"ends", "CON-4", X, "the program's end, soon after it"}, {"named", "CON-4", X, "PROTOCOL_ERROR on either stream"}},
      broken_frame);
  add("client-reply/deep", "JSON that is nested 300 and 100,000 deep", run,
      {{"named", "CON-9", X, "PROTOCOL_ERROR on either stream"}, {"alive", "CON-9", X, survived}}, deep);
}

}  // namespace procedura::conformance::cases
