#include "scenario/model.hpp"

namespace procedura::mock {

std::string Scenario::where(Place place) const {
  const std::string file = place.file < files.size() ? files[place.file] : std::string{"scenario"};
  if (place.line == 0) return file;
  return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

protocol::Target target_of(const Step& step, const Stub& stub, const Settings& settings, protocol::Mode mode) {
  if (step.target) return *step.target;
  const protocol::Target chosen = stub.target.value_or(settings.target);
  const bool accept = std::holds_alternative<step::Accept>(step.action);
  if (std::holds_alternative<step::Ack>(step.action) || (accept && mode == protocol::Mode::sync)) {
    return {true, chosen.job_id};  // where later frames bear the job id, the ack has to make it known (SYN-2)
  }
  if (std::holds_alternative<step::Started>(step.action) || accept) return {true, true};
  return chosen;
}

}  // namespace procedura::mock
