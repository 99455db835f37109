#include "clients.hpp"

namespace procedura::conformance::mutants {
namespace {

/// A client that never ends costs the profile's patience each time: less of it is enough to see that.
void impatient(ClientProfile& profile) {
  profile.patience = std::chrono::seconds{5};
}

}  // namespace

void add_reply(Clients& all) {
  all.push_back({.name = "hides-results",
                 .clause = "SYN-1",
                 .checks = {"client-request/sync:result"},
                 .breaks = "does not show results"});
  all.push_back({.name = "result-after-close",
                 .clause = "SYN-1",
                 .checks = {"client-exit/no-close:result"},
                 .breaks = "shows its result only when its Close was answered"});
  all.push_back({.name = "needs-ack",
                 .clause = "SYN-1",
                 .checks = {"client-reply/sync-segment:without-ack"},
                 .breaks = "does not take a result without an ack before it"});
  all.push_back({.name = "forgets-job-of-ack",
                 .clause = "SYN-2",
                 .checks = {"client-reply/sync-segment:later"},
                 .breaks = "forgets the job_id of an ack",
                 .outcome = Outcome::info});
  all.push_back({.name = "no-running-in-sync",
                 .clause = "SYN-3",
                 .checks = {"client-reply/sync-segment:running"},
                 .breaks = "does not survive news of a sync request",
                 .outcome = Outcome::info});
  all.push_back({.name = "needs-started-id",
                 .clause = "ASY-2",
                 .checks = {"client-reply/started-without-id:updates", "client-reply/started-without-id:result"},
                 .breaks = "does not take a started without an id"});
  all.push_back({.name = "learns-jobs-late",
                 .clause = "ASY-3",
                 .checks = {"client-reply/sync-segment:together", "client-reply/stream-segment:updates",
                            "client-reply/stream-segment:result"},
                 .breaks = "learns a job_id after the rest of its segment"});
  all.push_back({.name = "ids-alone",
                 .clause = "ASY-3",
                 .checks = {"client-reply/targets:by-job-id"},
                 .breaks = "does not know frames by their job_id"});
  all.push_back({.name = "job-ids-alone",
                 .clause = "ASY-3",
                 .checks = {"client-reply/targets:by-id"},
                 .breaks = "does not know frames by their id once it has a job_id"});
  all.push_back({.name = "no-errors",
                 .clause = "ERR-1",
                 .checks = {"client-reply/error-at-once:ends", "client-reply/error-late:ends",
                            "client-reply/stream-error-at-once:ends", "client-reply/stream-error-late:ends"},
                 .breaks = "passes over errors",
                 .profile = impatient});
  all.push_back({.name = "no-error-at-once",
                 .clause = "ERR-1",
                 .checks = {"client-reply/stream-error-at-once:ends"},
                 .breaks = "passes over an error that comes before started",
                 .profile = impatient});
  all.push_back({.name = "no-codes",
                 .clause = "ERR-1",
                 .checks = {"client-login/refused:code"},
                 .breaks = "does not show the code of an error"});
  all.push_back({.name = "last-final",
                 .clause = "END-1",
                 .checks = {"client-reply/late-frames:first", "client-reply/late-frames:late",
                            "client-reply/stream-late-frames:first", "client-reply/stream-late-frames:late"},
                 .breaks = "takes the last end of a request for its end"});
  all.push_back({.name = "hides-streams",
                 .clause = "ORD-1",
                 .checks = {"client-request/stream:updates", "client-request/stream:result"},
                 .breaks = "does not show what a stream says"});
  all.push_back({.name = "any-final",
                 .clause = "ORD-1",
                 .checks = {"client-reply/others:own", "client-reply/others:foreign", "client-reply/stream-others:own",
                            "client-reply/stream-others:foreign"},
                 .breaks = "takes the end of another request for its own"});
  all.push_back({.name = "dies-on-unknown-status",
                 .clause = "RES-1",
                 .checks = {"client-reply/strange:unknown-status"},
                 .breaks = "does not survive an unknown status"});
  all.push_back({.name = "dies-on-untargeted",
                 .clause = "RES-1",
                 .checks = {"client-reply/strange:untargeted"},
                 .breaks = "does not survive frames of nobody"});
  all.push_back({.name = "flat-frames",
                 .clause = "RES-1",
                 .checks = {"client-reply/strange:more-members"},
                 .breaks = "does not survive members that are objects"});
  all.push_back({.name = "objects-only",
                 .clause = "RES-1",
                 .checks = {"client-result/kinds:null", "client-result/kinds:false", "client-result/kinds:zero",
                            "client-result/kinds:empty-text", "client-result/kinds:empty-list"},
                 .breaks = "takes a result that is no object for none"});
  all.push_back({.name = "ascii-only",
                 .clause = "RES-1",
                 .checks = {"client-result/texts:astral", "client-result/texts:controls"},
                 .breaks = "leaves out what is not printable ASCII"});
  all.push_back(
      {.name = "rounds-numbers", .clause = "RES-1", .checks = {"client-result/numbers:exact"}, .breaks = "rounds numbers"});
}

}  // namespace procedura::conformance::mutants
