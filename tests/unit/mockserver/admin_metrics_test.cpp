// The metrics in Prometheus's text format, read by a parser that takes nothing but it.
#include "admin_driver.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

namespace procedura::mock::admin {
namespace {

using ::testing::HasSubstr;

/// Samples by their name and labels, as written; what breaks the format is a failure.
class Samples {
 public:
  explicit Samples(std::string_view text) {
    EXPECT_TRUE(text.ends_with('\n')) << "the last line must end, too";
    while (!text.empty()) {
      line_ = text.substr(0, text.find('\n'));
      text.remove_prefix(line_.size() + 1);
      at_ = 0;
      line_.starts_with("#") ? comment() : sample();
    }
    EXPECT_TRUE(helped_ == typed_names());
  }

  double operator[](const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) ADD_FAILURE() << "there is no " << name;
    return found == values_.end() ? std::nan("") : found->second;
  }
  bool has(const std::string& name) const { return values_.count(name) > 0; }

 private:
  void comment() {
    take("# ");
    const bool help = line_.substr(at_).starts_with("HELP ");
    take(help ? "HELP " : "TYPE ");
    const std::string name = word();
    take(" ");
    const std::string rest{line_.substr(at_)};
    EXPECT_FALSE(rest.empty()) << line_;
    if (help) {
      EXPECT_TRUE(helped_.insert(name).second) << "twice: " << line_;
      return;
    }
    EXPECT_TRUE(rest == "counter" || rest == "gauge" || rest == "histogram") << line_;
    EXPECT_TRUE(types_.emplace(name, rest).second) << "twice: " << line_;
    EXPECT_EQ(helped_.count(name), 1U) << "HELP comes first: " << line_;
    family_ = name;
  }

  void sample() {
    const std::string name = word();
    std::string family = name;
    if (types_[family_] == "histogram") {
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (name == family_ + suffix) family = family_;
      }
    }
    EXPECT_EQ(family, family_) << "samples stand together behind their TYPE: " << line_;
    if (types_[family] == "counter") {
      EXPECT_TRUE(name.ends_with("_total")) << name;
    }
    const std::size_t begin = at_;
    if (peek() == '{') labels();
    const std::string key = name + std::string{line_.substr(begin, at_ - begin)};
    take(" ");
    const std::string number{line_.substr(at_)};
    std::size_t used = 0;
    const double value = std::stod(number, &used);
    EXPECT_EQ(used, number.size()) << line_;
    EXPECT_TRUE(values_.emplace(key, value).second) << "twice: " << line_;
  }

  void labels() {
    std::set<std::string> seen;
    take("{");
    do {
      const std::string label = word();
      EXPECT_FALSE(label.starts_with("__")) << line_;
      EXPECT_TRUE(seen.insert(label).second) << line_;
      take("=\"");
      while (peek() != '"' && at_ < line_.size()) {
        if (line_[at_++] != '\\') continue;
        EXPECT_TRUE(peek() == '\\' || peek() == '"' || peek() == 'n') << line_;
        ++at_;
      }
      take("\"");
    } while (peek() == ',' && ++at_);
    take("}");
  }

  std::string word() {
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '_') ++at_;
    EXPECT_GT(at_, begin) << line_;
    EXPECT_FALSE(std::isdigit(static_cast<unsigned char>(line_[begin]))) << line_;
    return std::string{line_.substr(begin, at_ - begin)};
  }
  char peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  void take(std::string_view wanted) {
    EXPECT_EQ(line_.substr(at_, wanted.size()), wanted) << line_;
    at_ += wanted.size();
  }
  std::set<std::string> typed_names() const {
    std::set<std::string> names;
    for (const auto& [name, type] : types_) {
      if (!type.empty()) names.insert(name);
    }
    return names;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::string family_;
  std::set<std::string> helped_;
  std::map<std::string, std::string> types_;
  std::map<std::string, double> values_;
};

constexpr std::string_view world = R"({
  "version": 1, "name": "a \"world\"\n\\ with all", "seed": 7,
  "stubs": [{"name": "m", "match": {"cmd": "m"}, "reply": [{"delay": "1s"}, {"finished": 1}]},
            {"name": "e", "match": {"cmd": "e"}, "reply": [{"error": {"code": "a\"b\\c\nd", "message": "x"}}]}]})";

TEST(AdminMetrics, AreThePrometheusTextFormat) {
  Admin admin{world};
  const auto response = admin.get("metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const Samples samples{response.body};
  EXPECT_EQ(samples[R"(mock_agent_info{scenario="a \"world\"\n\\ with all",seed="7"})"], 1);
  EXPECT_EQ(samples["mock_agent_connections_total"], 0);
  EXPECT_EQ(samples["process_resident_memory_bytes"], 4096);
}

TEST(AdminMetrics, CountWhatHappened) {
  engine::EngineOptions options;
  options.journal.entries = 4;
  Admin admin{world, {}, options};
  const auto a = admin.driver.connect();
  const auto b = admin.driver.connect();
  admin.driver.send(a, request_text("1", "m"));
  admin.driver.advance(std::chrono::seconds{1});
  admin.driver.send(a, request_text("2", "m"));
  admin.driver.send(a, request_text("3", "e"));
  admin.driver.send(a, request_text("4", "nothing"));
  admin.driver.close(b);
  const Samples samples{admin.get("metrics").body};
  EXPECT_EQ(samples["mock_agent_uptime_seconds"], 1);
  EXPECT_EQ(samples["mock_agent_partitions"], 1);
  EXPECT_EQ(samples["mock_agent_connections_open"], 1);
  EXPECT_EQ(samples["mock_agent_connections_total"], 2);
  EXPECT_EQ(samples["mock_agent_frames_total{direction=\"in\"}"], 4);
  EXPECT_GT(samples["mock_agent_frames_total{direction=\"out\"}"], 5);
  EXPECT_EQ(samples["mock_agent_bytes_total{direction=\"in\"}"],
            static_cast<double>(request_text("1", "m").size() * 2 + request_text("3", "e").size() +
                                request_text("4", "nothing").size()));
  EXPECT_EQ(samples["mock_agent_jobs_running"], 1);
  EXPECT_EQ(samples["mock_agent_jobs_total{outcome=\"finished\"}"], 1);
  EXPECT_EQ(samples["mock_agent_errors_total{code=\"UNKNOWN_MODULE\"}"], 1);
  EXPECT_EQ(samples[R"(mock_agent_errors_total{code="a\"b\\c\nd"})"], 1);
  EXPECT_EQ(samples["mock_agent_journal_dropped_total"], samples["mock_agent_journal_entries_total"] - 4);
}

TEST(AdminMetrics, TellHowLateFramesWere) {
  Admin admin{world};
  const auto a = admin.driver.connect();
  admin.driver.send(a, request_text("1", "m"));
  admin.driver.advance(std::chrono::seconds{1});
  const auto& journal = admin.driver.engine.journal_kept();
  admin.driver.engine.left(journal.recorded(), admin.driver.now + std::chrono::microseconds{700});
  const Samples samples{admin.get("metrics").body};
  EXPECT_EQ(samples["mock_agent_lateness_seconds_count"], 1);
  EXPECT_DOUBLE_EQ(samples["mock_agent_lateness_seconds_sum"], 0.0007);
  double before = 0;
  for (const char* bound : {"5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.1", "1", "+Inf"}) {
    const double now = samples[std::string{"mock_agent_lateness_seconds_bucket{le=\""} + bound + "\"}"];
    EXPECT_GE(now, before) << "buckets are cumulative";
    EXPECT_EQ(now, std::string_view{bound} == "+Inf" || std::stod(bound) >= 0.001 ? 1 : 0) << bound;
    before = now;
  }
}

}  // namespace
}  // namespace procedura::mock::admin
