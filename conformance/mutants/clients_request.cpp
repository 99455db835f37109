#include "clients.hpp"

namespace procedura::conformance::mutants {

void add_request(Clients& all) {
  all.push_back({.name = "no-mode",
                 .clause = "REQ-1",
                 .checks = {"client-request/sync:members", "client-request/stream:members"},
                 .breaks = "sends requests without a mode"});
  all.push_back({.name = "args-in-one",
                 .clause = "REQ-1",
                 .checks = {"client-request/sync:members", "client-request/stream:members"},
                 .breaks = "sends the arguments as one string"});
  all.push_back({.name = "sorted-args",
                 .clause = "REQ-1",
                 .checks = {"client-request/arguments:verbatim"},
                 .breaks = "sorts the arguments"});
  all.push_back({.name = "no-empty-args",
                 .clause = "REQ-1",
                 .checks = {"client-request/arguments:verbatim"},
                 .breaks = "leaves out empty arguments"});
  all.push_back(
      {.name = "numeric-ids", .clause = "REQ-2", .checks = {"client-request/sync:id"}, .breaks = "sends numbers for ids"});
  all.push_back(
      {.name = "long-ids", .clause = "REQ-2", .checks = {"client-request/sync:id"}, .breaks = "sends ids of 300 bytes"});
  all.push_back({.name = "reused-ids",
                 .clause = "REQ-2",
                 .checks = {"client-concurrency/several:ids"},
                 .breaks = "gives two live requests the same id"});
  all.push_back({.name = "capitals",
                 .clause = "REQ-3",
                 .checks = {"client-request/sync:asks", "client-request/stream:asks"},
                 .breaks = "writes the module's name in capitals"});
  all.push_back({.name = "always-sync",
                 .clause = "REQ-3",
                 .checks = {"client-request/stream:asks"},
                 .breaks = "sends every request as a sync one"});
  all.push_back({.name = "bare-args",
                 .clause = "REQ-4",
                 .checks = {"client-request/arguments:style", "client-request/arguments:none"},
                 .breaks = "leaves the module's name out of args, though its profile says otherwise"});
}

}  // namespace procedura::conformance::mutants
