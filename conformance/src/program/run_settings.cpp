#include "run_settings.hpp"

#include <procedura/conformance/render.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <limits>
#include <ostream>
#include <random>

namespace procedura::conformance::program {

namespace {

std::string utc(const char* format) {
  return fmt::format(fmt::runtime(format), fmt::gmtime(std::time(nullptr)));
}

/// What is wrong with it. To the library that reads it -1 is the greatest of all numbers.
std::string is_seed(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? ""
             : fmt::format("expected a whole number from 0 to {}", std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

void RunSettings::define(CLI::App& command) {
  // `--json "$FILE"` where FILE is not set: to write nothing would be no answer.
  const auto is_name = [](const std::string& path) { return std::string{path.empty() ? "expected the name of a file" : ""}; };
  command
      .add_option("--known-failing", known_failing,
                  "What fails and is known to (JSON): excused, and told when it no longer fails")
      ->check(is_name);
  command.add_option("--known-flaky", known_flaky, "What fails at times (JSON): excused, whatever it does")->check(is_name);
  command.add_option("--junit", junit, "Write a JUnit XML report to this file")->check(is_name);
  command.add_option("--json", json, "Write a JSON report to this file")->check(is_name);
  command.add_option("--html", html, "Write a page for a browser to this file")->check(is_name);
  command
      .add_option("--compare-with", compare_with, "In that page, what changed since the run that wrote these results (--json)")
      ->check(is_name);
  command.add_option("--badge", badge, "Write a badge (SVG) to this file")->check(is_name);
  command.add_option("--select", select, "Only cases that match: 'sync/*', 'async/**'; may be given several times")
      ->allow_extra_args(false);
  command.add_option("--jobs", jobs, "Cases at a time")->check(CLI::Range(1, 16))->capture_default_str();
  command.add_option("--max-time", max_time,
                     "Seconds for the whole run (default 90, times the scale); the rest is reported as not reached");
  command
      .add_option("--time-scale", time_scale, "Multiplies every deadline and patience: 4 for a machine that is slow or loaded")
      ->capture_default_str();
  command.add_option("--seed", seed, "The order of the cases and the words in them; printed in each report")->check(is_seed);
  command.add_flag("--strict", strict, "WARN makes the run fail too");
  command.add_flag("-v,--verbose", verbose, "Every check, not only those with something to say");
}

RunOptions RunSettings::options(const Registry& registry) const {
  if (!(time_scale >= 0.1 && time_scale <= 100)) {  // so that NaN is none either
    throw Refused{"--time-scale: expected a number from 0.1 to 100"};
  }
  const double seconds = max_time.value_or(90 * time_scale);
  if (!(seconds >= 0.1 && seconds <= 86400)) {
    throw Refused{"--max-time: expected seconds from 0.1 to 86400"};
  }
  for (const std::string& pattern : select) {
    const auto fits = [&pattern](const CaseSpec& spec) { return matches(pattern, spec.id); };
    if (std::none_of(registry.begin(), registry.end(), fits)) {
      throw Refused{"--select " + pattern + " matches no case; `procedura-conformance list` shows them"};
    }
  }
  RunOptions options;
  options.select = select;
  options.jobs = jobs;
  options.max_time = std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
  options.seed = seed ? *seed : std::random_device{}();
  options.strict = strict;
  options.started = utc("{:%Y-%m-%dT%H:%M:%SZ}");
  return options;
}

Registry RunSettings::scaled(const Registry& registry) const {
  Registry out = registry;
  for (CaseSpec& spec : out) {
    spec.deadline = std::chrono::ceil<std::chrono::seconds>(scaled(std::chrono::milliseconds{spec.deadline}));
  }
  return out;
}

std::chrono::milliseconds RunSettings::scaled(std::chrono::milliseconds time) const {
  return std::chrono::milliseconds{static_cast<std::int64_t>(static_cast<double>(time.count()) * time_scale)};
}

std::string RunSettings::again(const RunOptions& options) const {
  return fmt::format(" --seed {}{}", options.seed, time_scale == 1 ? "" : fmt::format(" --time-scale {}", time_scale));
}

namespace {

void add_entries(Baseline& baseline, const std::string& path, Excuse::Kind kind, const Registry& registry) {
  if (path.empty()) {
    return;
  }
  auto parsed = parse_baseline(read_file("baseline", path), kind, registry);
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    throw Refused{told_of_file(path, *problems)};
  }
  auto& entries = std::get<Baseline>(parsed);
  baseline.insert(baseline.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
}

Baseline load_baseline(const RunSettings& settings, const Registry& registry) {
  Baseline baseline;
  add_entries(baseline, settings.known_failing, Excuse::Kind::failing, registry);
  add_entries(baseline, settings.known_flaky, Excuse::Kind::flaky, registry);
  if (const auto twice = overlaps(baseline, registry); !twice.empty()) {
    throw Refused{fmt::format("{}", fmt::join(twice, "\n"))};
  }
  return baseline;
}

std::optional<Earlier> load_earlier(const RunSettings& settings) {
  if (settings.compare_with.empty()) {
    return std::nullopt;
  }
  if (settings.html.empty()) {
    throw Refused{"--compare-with shows in the page that --html writes; without one, use procedura-conformance compare"};
  }
  Earlier earlier{settings.compare_with, {}};
  for (auto& [id, check] : read_results(settings.compare_with).checks) {
    earlier.outcomes.emplace(id, check.outcome);
  }
  return earlier;
}

}  // namespace

Reports::Reports(const RunSettings& settings, const Registry& registry, const std::string& profile)
    : baseline_{load_baseline(settings, registry)}, earlier_{load_earlier(settings)}, verbose_{settings.verbose} {
  refuse_shared_files(
      {{"--profile", profile}, {"--known-failing", settings.known_failing}, {"--known-flaky", settings.known_flaky}},
      {{"--junit", settings.junit}, {"--json", settings.json}, {"--html", settings.html}, {"--badge", settings.badge}});
  junit_ = ReportFile{settings.junit};
  json_ = ReportFile{settings.json};
  html_ = ReportFile{settings.html};
  badge_ = ReportFile{settings.badge};
}

int Reports::publish(RunReport report, Process& process) {
  apply_baseline(report, baseline_, utc("{:%Y-%m-%d}"));
  const TextStyle style{wants_colour(process), verbose_, process.out_is_terminal ? process.out_columns : 0};
  if (!(process.out << render_text(report, style) << std::flush)) {
    throw Refused{"the report could not be written to stdout"};
  }
  junit_.write(render_junit(report));
  json_.write(render_json(report));
  if (html_.wanted()) {
    html_.write(render_html(report, earlier_ ? &*earlier_ : nullptr));
  }
  badge_.write(render_badge(report));
  return exit_code(report);
}

ProgressLine::ProgressLine(Process& process) : process_{process} {
  if (process.err_is_terminal && is_capable(process)) {
    progress_ = [&process](std::size_t over, std::size_t all, const CaseSpec& spec) {
      process.err << fmt::format("\r\x1b[K[{}/{}] {}", over, all, spec.id) << std::flush;
    };
  }
}

ProgressLine::~ProgressLine() {
  if (progress_) {
    process_.err << "\r\x1b[K" << std::flush;
  }
}

}  // namespace procedura::conformance::program
