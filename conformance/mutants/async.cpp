#include "sabotages.hpp"

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
}

}  // namespace procedura::conformance::mutants
