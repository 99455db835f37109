#include "cases.hpp"
#include "scripts.hpp"

namespace procedura::conformance::cases {
namespace {

constexpr auto names_of_modules = {"slow", "one", "two", "three"};

/// Four modules, asked for at once; the first of them answers last, and the others by job_id in one segment each.
void several(ClientCase& c) {
  std::vector<ordered_json> stubs;
  std::vector<std::string> words;
  Call call{.command = Need::several_command};
  for (const char* name : names_of_modules) {
    words.push_back(c.fresh_word(name));
    call.cmds.emplace_back(name);
    const Steps steps = std::string_view{name} == "slow" ? Steps{delay("500ms"), finished(words.back())}
                                                         : Steps{running("n", 1), finished(words.back())};
    stubs.push_back(stub(name, steps));
  }
  const ClientRun& run = c.run(c.stage(agent(stubs)), call);
  Finding own = Finding::kept();
  for (const std::string& word : words) {
    own = both(std::move(own), reports_word(c, run, word));
  }
  c.judge("ids", ids_unique(run));
  c.judge("results", std::move(own));
  c.judge("at-once", all_asked_before_final_of(run, "slow", call.cmds.size()));
}

}  // namespace

void add_client_concurrency(Registry& all) {
  all.push_back({.id = "client-concurrency/several",
                 .title = "Four requests at once, of which the first takes longest",
                 .needs = {Need::several_command, Need::result_on_stdout},
                 .after = {},
                 .session = false,
                 .checks = {{"ids", "REQ-2", Source::documented, "an id of its own for each request of a connection"},
                            {"results", "CON-7", Source::observed, "all four results on stdout"},
                            {"at-once", "CON-7", Source::observed, "four requests before the slow one has ended"}},
                 .run = several});
}

}  // namespace procedura::conformance::cases
