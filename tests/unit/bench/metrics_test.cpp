#include "measure/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::bench {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr JobTimes whole_job{Nanos{100}, Nanos{130}, Nanos{200}, Nanos{300}};

Nanos only(const Metrics& metrics, Metric metric) {
  EXPECT_EQ(metrics.of(metric).count(), 1U) << metric_names[static_cast<std::size_t>(metric)];
  return metrics.of(metric).max();
}

TEST(Metrics, CountFromTheIntendedStartAndFromTheWrite) {
  Metrics metrics;
  metrics.finished(whole_job, Nanos{400});
  EXPECT_EQ(only(metrics, Metric::send_lag), Nanos{30});
  EXPECT_EQ(only(metrics, Metric::ack), Nanos{100});
  EXPECT_EQ(only(metrics, Metric::first_event), Nanos{200});
  EXPECT_EQ(only(metrics, Metric::response), Nanos{300});
  EXPECT_EQ(only(metrics, Metric::service_ack), Nanos{70});
  EXPECT_EQ(only(metrics, Metric::service_first_event), Nanos{170});
  EXPECT_EQ(only(metrics, Metric::service_response), Nanos{270});
  EXPECT_EQ(metrics.of(Metric::failed).count(), 0U);
  EXPECT_EQ(metrics.jobs(), (JobCounts{1, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(Metrics, WhatDidNotComeIsCountedAndNotInvented) {
  Metrics metrics;
  metrics.finished({Nanos{100}, Nanos{130}, {}, {}}, Nanos{400});
  EXPECT_EQ(metrics.of(Metric::ack).count(), 0U);
  EXPECT_EQ(metrics.of(Metric::first_event).count(), 0U);
  EXPECT_EQ(only(metrics, Metric::response), Nanos{300});
  EXPECT_EQ(metrics.jobs().no_ack, 1U);
  EXPECT_EQ(metrics.jobs().no_event, 1U);
}

TEST(Metrics, FailedJobsAreKeptApart) {
  Metrics metrics;
  metrics.failed(whole_job, Nanos{400}, "OUT_OF_MANA");
  EXPECT_EQ(only(metrics, Metric::failed), Nanos{300});
  EXPECT_EQ(only(metrics, Metric::send_lag), Nanos{30});
  for (const Metric metric :
       {Metric::ack, Metric::first_event, Metric::response, Metric::service_ack, Metric::service_response}) {
    EXPECT_EQ(metrics.of(metric).count(), 0U);
  }
  EXPECT_EQ(metrics.jobs(), (JobCounts{1, 1, 0, 1, 0, 0, 0, 0}));
  EXPECT_THAT(metrics.errors(), ElementsAre(Pair("OUT_OF_MANA", 1)));
}

TEST(Metrics, UnfinishedAndUnsentJobsAreDue) {
  Metrics metrics;
  metrics.unfinished(whole_job);
  metrics.unfinished({Nanos{100}, {}, {}, {}});
  metrics.unsent();
  EXPECT_EQ(metrics.jobs(), (JobCounts{3, 1, 0, 0, 2, 1, 0, 0}));
  EXPECT_EQ(metrics.jobs().censored(), 3U);
  EXPECT_EQ(only(metrics, Metric::send_lag), Nanos{30});
  EXPECT_EQ(metrics.of(Metric::response).count(), 0U);
}

TEST(Metrics, CodesOfAnAgentAreMadePrintableShortAndFew) {
  Metrics metrics;
  metrics.failed(whole_job, Nanos{400}, "");
  metrics.failed(whole_job, Nanos{400}, "\x1b[2J");
  metrics.failed(whole_job, Nanos{400}, std::string(5000, 'x'));
  for (int i = 0; i < 100; ++i) metrics.failed(whole_job, Nanos{400}, "CODE_" + std::to_string(i));
  std::uint64_t all = 0;
  for (const auto& [code, times] : metrics.errors()) {
    all += times;
    EXPECT_EQ(code.find('\x1b'), std::string::npos);
    EXPECT_LE(code.size(), 64U);
  }
  EXPECT_EQ(all, 103U);
  EXPECT_EQ(metrics.errors().size(), 33U);
  EXPECT_EQ(metrics.errors().at("(no code)"), 1U);
  EXPECT_EQ(metrics.errors().at("(other codes)"), 71U);
}

TEST(Metrics, MergingPartsGivesTheWhole) {
  Metrics whole;
  Metrics one;
  Metrics two;
  for (const auto into : {&whole, &one}) {
    into->finished(whole_job, Nanos{400});
    into->failed(whole_job, Nanos{500}, "A");
    into->unsent();
  }
  for (const auto into : {&whole, &two}) {
    into->finished({Nanos{0}, Nanos{1}, {}, {}}, Nanos{900});
    into->failed(whole_job, Nanos{600}, "A");
    into->failed(whole_job, Nanos{600}, "B");
    into->unfinished(whole_job);
  }
  one.merge(two);
  EXPECT_EQ(one.jobs(), whole.jobs());
  EXPECT_EQ(one.errors(), whole.errors());
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto metric = static_cast<Metric>(i);
    EXPECT_THAT(one.of(metric).counts(), testing::ElementsAreArray(whole.of(metric).counts())) << metric_names[i];
  }
}

}  // namespace
}  // namespace procedura::bench
