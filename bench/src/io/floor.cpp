#include "io/floor.hpp"

#include "io/dialing.hpp"
#include "io/null_responder.hpp"
#include "io/runner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace procedura::bench {

Plan floor_plan(const Plan& run, std::string url) {
  Plan plan;
  plan.url = std::move(url);
  plan.module = run.module;
  plan.args = run.args;
  plan.mode = run.mode;
  plan.args_style = run.args_style;
  plan.floor = false;
  plan.load.load = run.load.load;
  plan.load.seed = run.load.seed;
  if (auto* open = std::get_if<OpenLoop>(&plan.load.load)) {
    open->rate = std::clamp(open->rate, 200.0, 1000.0);
    open->max_in_flight = OpenLoop{}.max_in_flight;
  } else {
    plan.load.load = ClosedLoop{1};
  }
  plan.load.warm_up = std::chrono::milliseconds{100};
  plan.load.duration = std::chrono::seconds{1};
  plan.load.cut_off = std::chrono::seconds{1};
  return plan;
}

Result<Floor> measure_floor(const Plan& run) {
  const NullResponder responder;
  const Plan plan = floor_plan(run, responder.url());
  RunSetting setting;
  auto transport = transport_options(plan, Identity{});
  if (!transport) return std::move(transport).error();
  setting.transport = *std::move(transport);
  auto result = run_load(plan, setting);
  if (!result) return std::move(result).error();
  if (result->interrupted) return Failure::of(errc::cancelled, "interrupted before the run began");
  return Floor{result->metrics.of(Metric::response), result->window};
}

}  // namespace procedura::bench
