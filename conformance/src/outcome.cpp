#include <procedura/conformance/outcome.hpp>

namespace procedura::conformance {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::pass:
      return "PASS";
    case Outcome::fail:
      return "FAIL";
    case Outcome::warn:
      return "WARN";
    case Outcome::info:
      return "INFO";
    case Outcome::not_applicable:
      return "N/A";
    case Outcome::untestable:
      return "UNTESTABLE";
    case Outcome::expected_failure:
      return "XFAIL";
    case Outcome::unexpected_pass:
      return "XPASS";
    case Outcome::harness:
      break;
  }
  return "HARNESS";
}

Level binding_level(Level level, Source source) noexcept {
  if (source == Source::observed && level == Level::must) {
    return Level::should;
  }
  return level;
}

Outcome weigh(Finding::Kind finding, Level binding) noexcept {
  switch (finding) {
    case Finding::Kind::kept:
      return Outcome::pass;
    case Finding::Kind::broken:
      return binding == Level::must ? Outcome::fail : binding == Level::should ? Outcome::warn : Outcome::info;
    case Finding::Kind::note:
      return Outcome::info;
    case Finding::Kind::untestable:
      return Outcome::untestable;
    case Finding::Kind::harness:
      break;
  }
  return Outcome::harness;
}

bool weighs(Outcome outcome, Level binding, bool strict) noexcept {
  switch (outcome) {
    case Outcome::fail:
    case Outcome::harness:
    case Outcome::unexpected_pass:
      return true;
    case Outcome::warn:
      return strict;
    case Outcome::untestable:
      return binding == Level::must || (strict && binding == Level::should);
    case Outcome::pass:
    case Outcome::info:
    case Outcome::not_applicable:
    case Outcome::expected_failure:
      break;
  }
  return false;
}

}  // namespace procedura::conformance
