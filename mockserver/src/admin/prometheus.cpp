#include "admin/prometheus.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

namespace procedura::mock::admin {
namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Exposition {
 public:
  explicit Exposition(const protocol::Redactor& secrets) : secrets_{secrets} {}

  /// What the samples from now on belong to.
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("mock_agent_{}", name);
    head(type, help);
  }
  /// One whose name others have agreed on.
  void common_family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    head(type, help);
  }
  template <typename Number>
  void sample(Number value, Labels labels = {}, std::string_view suffix = {}) {
    text_ += name_;
    text_ += suffix;
    char separator = '{';
    for (const auto& [label, label_value] : labels) {
      fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", separator, label, escaped(label_value));
      separator = ',';
    }
    if (separator == ',') text_ += '}';
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
  }

  std::string take() { return std::move(text_); }

 private:
  // Our help texts have no backslash and no line break.
  void head(std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help, type);
  }

  // Codes of errors can come from templates, so from anybody.
  std::string escaped(std::string_view value) const {
    std::string out;
    for (const char c : secrets_(value)) {
      if (c == '\n') {
        out += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out;
  }

  const protocol::Redactor& secrets_;
  std::string name_;
  std::string text_;
};

// What is of interest: from a busy machine's timers to a mock that cannot keep up.
constexpr std::array<std::pair<std::int64_t, std::string_view>, 10> lateness_bounds{{{50'000, "5e-05"},
                                                                                     {100'000, "0.0001"},
                                                                                     {250'000, "0.00025"},
                                                                                     {500'000, "0.0005"},
                                                                                     {1'000'000, "0.001"},
                                                                                     {2'500'000, "0.0025"},
                                                                                     {5'000'000, "0.005"},
                                                                                     {10'000'000, "0.01"},
                                                                                     {100'000'000, "0.1"},
                                                                                     {1'000'000'000, "1"}}};

void append_lateness(Exposition& text, const engine::Lateness& late) {
  text.family("lateness_seconds", "histogram", "From when a frame should have left to when it did.");
  for (const auto& [nanoseconds, bound] : lateness_bounds)
    text.sample(late.count_up_to(nanoseconds), {{"le", bound}}, "_bucket");
  text.sample(late.count(), {{"le", "+Inf"}}, "_bucket");
  text.sample(std::chrono::duration<double>(std::chrono::nanoseconds{late.sum()}).count(), {}, "_sum");
  text.sample(late.count(), {}, "_count");
}

}  // namespace

std::string prometheus_text(const engine::Engine& engine, const engine::Moment& moment,
                            std::optional<std::uint64_t> resident_bytes) {
  const auto metrics = engine.metrics();
  const auto& journal = engine.journal_kept();
  Exposition text{engine.secrets()};
  text.family("info", "gauge", "The scenario that is played and the seed of its draws.");
  text.sample(1, {{"scenario", engine.scenario().settings.name}, {"seed", std::to_string(engine.seed())}});
  text.family("uptime_seconds", "gauge", "Time since the mock started.");
  text.sample(std::chrono::duration<double>(moment.now - engine.start()).count());
  text.family("partitions", "gauge", "Partitions that were asked for.");
  text.sample(engine.partitions().size());
  text.family("connections_open", "gauge", "Connections that are open.");
  text.sample(metrics.connections_open);
  text.family("connections_total", "counter", "Connections that were let in.");
  text.sample(metrics.connections_total);
  text.family("frames_total", "counter", "Messages taken and sent.");
  text.sample(metrics.frames_in, {{"direction", "in"}});
  text.sample(metrics.frames_out, {{"direction", "out"}});
  text.family("bytes_total", "counter", "Bytes of the messages taken and sent.");
  text.sample(metrics.bytes_in, {{"direction", "in"}});
  text.sample(metrics.bytes_out, {{"direction", "out"}});
  text.family("jobs_running", "gauge", "Replies that wait for their next step.");
  text.sample(engine.instances());
  text.family("jobs_total", "counter", "Requests that ended.");
  text.sample(metrics.jobs_finished, {{"outcome", "finished"}});
  text.sample(metrics.jobs_failed, {{"outcome", "failed"}});
  text.family("errors_total", "counter", "Errors sent, by code.");
  for (const auto& [code, count] : metrics.errors) text.sample(count, {{"code", code}});
  text.family("faults_total", "counter", "Faults that fired, by name.");
  for (const auto& [fault, count] : journal.faults()) text.sample(count, {{"fault", fault}});
  append_lateness(text, journal.lateness());
  text.family("journal_entries_total", "counter", "Events written to the journal.");
  text.sample(journal.recorded());
  text.family("journal_dropped_total", "counter", "Events that the journal had no room to keep.");
  text.sample(journal.dropped());
  if (resident_bytes) {
    text.common_family("process_resident_memory_bytes", "gauge", "Resident memory of the process in bytes.");
    text.sample(*resident_bytes);
  }
  return text.take();
}

}  // namespace procedura::mock::admin
