#include "sabotages.hpp"

#include <map>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

constexpr std::string_view streaming = "place_ooi_sprites";

Sabotage on_status(std::string_view cmd, Status status, std::function<void(Reply&)> change) {
  return on_reply(cmd, [status, change = std::move(change)](Reply& reply) {
    if (reply.status == status && reply.mode == Mode::async) {
      change(reply);
    }
  });
}

/// `started` comes behind the first update.
Sabotage started_late() {
  const auto started = std::make_shared<std::string>();
  return on_reply(streaming, [started](Reply& reply) {
    if (reply.status == Status::started) {
      *started = reply.text;
      reply.drop();
    } else if (reply.nth == 2) {
      reply.follow(*started);
    }
  });
}

/// Updates of all jobs bear the ids of the first one on their connection that has not finished: both, or the job_id alone.
Sabotage one_job_for_all(bool with_id) {
  struct Ids {
    std::string id;
    std::string job_id;
  };
  const auto first = std::make_shared<std::map<unsigned, Ids>>();
  return on_reply(streaming, [first, with_id](Reply& reply) {
    const Json frame = Json::parse(reply.text);
    if (reply.status == Status::started) {
      first->try_emplace(reply.hand.connection(), Ids{reply.id, frame.value("job_id", "")});
    } else if (reply.status == Status::running) {
      reply.edit([&](Json& changed) {
        const Ids& ids = first->at(reply.hand.connection());
        changed["id"] = with_id ? ids.id : reply.id;
        changed["job_id"] = ids.job_id;
      });
    }
  });
}

constexpr std::string_view quick = "worldstate_snapshot";

}  // namespace

void add_async(Catalogue& all) {
  all.push_back({.name = "no-started",
                 .clause = "ASY-1",
                 .checks = {"async/lifecycle:started-first"},
                 .breaks = "sends no started",
                 .sabotage = [] { return drop_replies(streaming, Status::started); }});
  all.push_back({.name = "no-job-id",
                 .clause = "ASY-1",
                 .checks = {"async/lifecycle:job-id"},
                 .breaks = "tells no job_id with started",
                 .sabotage = [] {
                   return on_status(streaming, Status::started,
                                    [](Reply& reply) { reply.edit([](Json& frame) { frame.erase("job_id"); }); });
                 }});
  all.push_back({.name = "few-updates",
                 .clause = "ASY-1",
                 .checks = {"async/lifecycle:updates"},
                 .breaks = "loses an update",
                 .sabotage = [] {
                   return on_reply(streaming, [](Reply& reply) {
                     if (reply.nth == 3) {
                       reply.drop();
                     }
                   });
                 }});
  all.push_back({.name = "stream-without-end",
                 .clause = "ASY-1",
                 .checks = {"async/lifecycle:finished"},
                 .breaks = "sends no finished",
                 .sabotage = [] { return drop_replies(streaming, Status::finished); }});
  all.push_back({.name = "started-late",
                 .clause = "ORD-1",
                 .checks = {"async/lifecycle:order"},
                 .breaks = "sends started behind the first update",
                 .sabotage = started_late});
  all.push_back({.name = "stream-talks-after-the-end",
                 .clause = "END-1",
                 .checks = {"async/lifecycle:silence"},
                 .breaks = "sends one more update behind finished",
                 .sabotage = [] {
                   return on_status(streaming, Status::finished, [](Reply& reply) {
                     reply.follow(R"({"id":)" + Json(reply.id).dump() + R"(,"status":"running"})");
                   });
                 }});
  all.push_back({.name = "stream-of-somebody-else",
                 .clause = "ASY-3",
                 .checks = {"async/lifecycle:nothing-foreign"},
                 .breaks = "sends an update of a job that it never told of",
                 .sabotage = [] {
                   return on_status(streaming, Status::finished,
                                    [](Reply& reply) { reply.precede(R"({"job_id":"zz","status":"running"})"); });
                 }});
  all.push_back({.name = "one-job-id",
                 .clause = "ASY-4",
                 .checks = {"async/job-ids:unique"},
                 .breaks = "calls all its jobs the same",
                 .sabotage = [] {
                   return on_reply("slow", [](Reply& reply) { reply.edit([](Json& frame) { frame["job_id"] = "job"; }); });
                 }});
  all.push_back({.name = "loses-jobs",
                 .clause = "ASY-1",
                 .checks = {"async/job-ids:finished"},
                 .breaks = "forgets every tenth of its jobs",
                 .sabotage = [] {
                   return on_status("slow", Status::finished, [count = std::make_shared<int>(0)](Reply& reply) {
                     if (++*count % 10 == 0) {
                       reply.drop();
                     }
                   });
                 }});
  all.push_back({.name = "starts-jobs-twice",
                 .clause = "ORD-1",
                 .checks = {"async/job-ids:order"},
                 .breaks = "sends each started twice",
                 .sabotage = [] { return repeat_replies("slow", Status::started); }});
  all.push_back({.name = "tells-everybody",
                 .clause = "ORD-2",
                 .checks = {"async/bystander:sees-nothing"},
                 .breaks = "sends the frames of a job to all connections",
                 .sabotage = [] {
                   return on_reply(streaming, [](Reply& reply) {
                     reply.hand.send_to_others(Side::client, Frame::text(reply.text));
                     reply.hand.fired("told everybody of a job");
                   });
                 }});
  all.push_back({.name = "started-held-back",
                 .clause = "ASY-1",
                 .checks = {"async/at-once:not-held-back"},
                 .breaks = "sends started only when the job ends",
                 .overlay = stub("slow", R"("match":{"cmd":"slow"},"accept":false,
                                            "reply":[{"repeat":"${opt.ms / 10}","steps":[{"delay":"10ms"}]},
                                                     "accept",{"finished":{"slept_ms":"${opt.ms}"}}])")});
  all.push_back({.name = "quick-without-started",
                 .clause = "ASY-1",
                 .checks = {"async/quick:started-first"},
                 .breaks = "sends no started for a job that is over at once",
                 .sabotage = [] { return drop_replies(quick, Status::started); }});
  all.push_back({.name = "quick-without-job-id",
                 .clause = "ASY-1",
                 .checks = {"async/quick:job-id"},
                 .breaks = "gives no job_id to a job that is over at once",
                 .sabotage = [] {
                   return on_status(quick, Status::started,
                                    [](Reply& reply) { reply.edit([](Json& frame) { frame["job_id"] = ""; }); });
                 }});
  all.push_back({.name = "another-result-of-a-job",
                 .clause = "ASY-1",
                 .checks = {"async/quick:result"},
                 .breaks = "finishes a job with another result than the same request gets synchronously",
                 .sabotage = [] {
                   return on_status(quick, Status::finished, [](Reply& reply) { reply.replace("entities", "things"); });
                 }});
  all.push_back({.name = "starts-quick-twice",
                 .clause = "ORD-1",
                 .checks = {"async/quick:order"},
                 .breaks = "sends started twice for a job that is over at once",
                 .sabotage = [] { return repeat_replies(quick, Status::started); }});
  all.push_back({.name = "updates-of-another-job",
                 .clause = "ASY-1",
                 .checks = {"async/two-streams:updates"},
                 .breaks = "gives the updates of all jobs to the first one",
                 .sabotage = [] { return one_job_for_all(true); }});
  all.push_back({.name = "mixes-job-ids-up",
                 .clause = "ASY-3",
                 .checks = {"async/two-streams:nothing-foreign"},
                 .breaks = "sends updates with the id of one job and the job_id of another",
                 .sabotage = [] { return one_job_for_all(false); }});
  all.push_back({.name = "starts-streams-twice",
                 .clause = "ORD-1",
                 .checks = {"async/two-streams:order", "concurrency/interleave:order"},
                 .breaks = "sends each started of a stream twice",
                 .sabotage = [] { return repeat_replies(streaming, Status::started); }});
  all.push_back({.name = "finishes-after-an-error",
                 .clause = "END-1",
                 .checks = {"async/immediate-error:silence"},
                 .breaks = "finishes a job that it refused",
                 .sabotage = [] {
                   return on_status("", Status::error, [](Reply& reply) {
                     reply.follow(R"({"id":)" + Json(reply.id).dump() + R"(,"status":"finished","result":null})");
                   });
                 }});
  all.push_back({.name = "job-ids-of-a-connection",
                 .clause = "ASY-4",
                 .checks = {"async/job-ids-elsewhere:unique"},
                 .breaks = "counts jobs from 1 on each connection",
                 .sabotage = [] {
                   const auto counts = std::make_shared<std::map<unsigned, std::map<std::string, std::size_t>>>();
                   return on_reply("slow", [counts](Reply& reply) {
                     auto& jobs = (*counts)[reply.hand.connection()];
                     const std::size_t number = jobs.try_emplace(reply.id, jobs.size() + 1).first->second;
                     reply.edit([number](Json& frame) { frame["job_id"] = "job-" + std::to_string(number); });
                   });
                 }});
}

}  // namespace procedura::conformance::mutants
