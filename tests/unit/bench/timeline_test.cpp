#include "measure/timeline.hpp"

#include <procedura/protocol/random.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace procedura::bench {
namespace {

/// Job `arrival` of a run: its response is 1 to 97 ns, so that many are as slow as each other.
Timeline job(std::uint64_t arrival) {
  Timeline timeline;
  timeline.arrival = arrival;
  timeline.times.intended = Nanos{static_cast<Nanos::rep>(arrival) * 1000};
  timeline.end = timeline.times.intended + Nanos{static_cast<Nanos::rep>(1 + protocol::mix(7, arrival) % 97)};
  timeline.events = {timeline.end};
  return timeline;
}

TimelineSample sample_of(const std::vector<std::uint64_t>& arrivals) {
  TimelineSample sample;
  for (const std::uint64_t arrival : arrivals) {
    const Timeline timeline = job(arrival);
    const TimelineSample before = sample;
    sample.add(timeline);
    EXPECT_EQ(before.wants(arrival, timeline.response()), !(sample == before));
  }
  return sample;
}

std::vector<std::uint64_t> numbers(std::uint64_t n) {
  std::vector<std::uint64_t> all(n);
  for (std::uint64_t i = 0; i < n; ++i) all[i] = i;
  return all;
}

TEST(TimelineSample, KeepsAllOfAFew) {
  const TimelineSample sample = sample_of(numbers(TimelineSample::most));
  EXPECT_EQ(sample.slowest().size(), TimelineSample::most);
  EXPECT_EQ(sample.drawn().size(), TimelineSample::most);
}

TEST(TimelineSample, KeepsTheSlowestAndOfEquallySlowTheEarliest) {
  std::vector<Timeline> all;
  for (const std::uint64_t arrival : numbers(2000)) all.push_back(job(arrival));
  std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.response() > b.response(); });
  all.resize(TimelineSample::most);
  EXPECT_EQ(sample_of(numbers(2000)).slowest(), all);
}

TEST(TimelineSample, DrawsFromTheWholeRunAndListsInOrder) {
  const auto drawn = sample_of(numbers(2000)).drawn();
  ASSERT_EQ(drawn.size(), TimelineSample::most);
  std::set<std::uint64_t> quarters;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    quarters.insert(drawn[i].arrival / 500);
    if (i > 0) {
      EXPECT_LT(drawn[i - 1].arrival, drawn[i].arrival);
    }
  }
  EXPECT_EQ(quarters.size(), 4U);
}

TEST(TimelineSample, DoesNotDependOnTheOrderOrTheShards) {
  const TimelineSample whole = sample_of(numbers(1000));
  auto backwards = numbers(1000);
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(sample_of(backwards), whole);
  for (const std::uint64_t of : {2U, 3U, 7U}) {
    TimelineSample merged;
    for (std::uint64_t shard = of; shard-- > 0;) {
      std::vector<std::uint64_t> own;
      for (std::uint64_t arrival = shard; arrival < 1000; arrival += of) own.push_back(arrival);
      merged.merge(sample_of(own));
    }
    EXPECT_EQ(merged, whole) << of;
  }
}

TEST(TimelineSample, IsTheSameAgainFromItsJobs) {
  for (const std::uint64_t jobs : {5U, 30U, 1000U}) {  // of a few, most are both among the slowest and drawn
    const TimelineSample whole = sample_of(numbers(jobs));
    TimelineSample again;
    for (const auto* kind : {&whole.slowest(), &whole.drawn()}) {
      for (const Timeline& timeline : *kind) again.add(timeline);
    }
    EXPECT_EQ(again, whole);
  }
}

}  // namespace
}  // namespace procedura::bench
