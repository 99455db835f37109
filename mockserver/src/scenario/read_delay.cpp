#include "scenario/sections.hpp"

#include <array>

namespace procedura::mock {
namespace {

constexpr std::array<std::string_view, 4> distributions = {"fixed", "uniform", "normal", "lognormal"};

Duration read_part(Reading& in, const Object& object, std::string_view key) {
  const auto at = object.require(key);
  return at ? read_duration(in.report, *at, Duration::zero(), longest_wait).value_or(Duration{}) : Duration{};
}

UniformDelay read_uniform(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object with min and max", {"min", "max"}};
  const std::size_t errors = in.report.errors();
  const UniformDelay range{read_part(in, object, "min"), read_part(in, object, "max")};
  if (in.report.errors() == errors && range.min > range.max) in.report.error(at, "expected min to be no more than max");
  return range;
}

NormalDelay read_normal(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object with mean and stddev", {"mean", "stddev"}};
  return {read_part(in, object, "mean"), read_part(in, object, "stddev")};
}

LognormalDelay read_lognormal(Reading& in, const Cursor& at) {
  const Object object{in.report, at, "an object with median and sigma", {"median", "sigma"}};
  LognormalDelay shape{read_part(in, object, "median"), 0};
  if (const auto sigma = object.require("sigma")) shape.sigma = read_number(in.report, *sigma, 0, 10).value_or(0);
  return shape;
}

void read_distribution(Reading& in, const Cursor& at, Delay& delay) {
  const Object object{in.report, at, "an object", {"fixed", "uniform", "normal", "lognormal", "max"}};
  std::size_t named = 0;
  for (const std::string_view name : distributions) named += object.find(name) ? 1U : 0U;
  if (named > 1 || at->members.size() == (object.find("max") ? 1U : 0U)) {
    in.report.expected(at, "one distribution: fixed, uniform, normal or lognormal");
    return;
  }
  if (object.find("fixed")) delay.distribution = FixedDelay{read_part(in, object, "fixed")};
  if (const auto uniform = object.find("uniform")) delay.distribution = read_uniform(in, *uniform);
  if (const auto normal = object.find("normal")) delay.distribution = read_normal(in, *normal);
  if (const auto lognormal = object.find("lognormal")) delay.distribution = read_lognormal(in, *lognormal);
  if (const auto max = object.find("max")) delay.max = read_duration(in.report, *max, Duration::zero(), longest_wait);
}

}  // namespace

Delay read_delay(Reading& in, const Cursor& at) {
  Delay delay;
  if (at->kind == Node::Kind::object) {
    read_distribution(in, at, delay);
  } else {
    delay.distribution = FixedDelay{read_duration(in.report, at, Duration::zero(), longest_wait).value_or(Duration{})};
  }
  return delay;
}

}  // namespace procedura::mock
