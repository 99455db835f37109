#include "load/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace procedura::bench {
namespace {

// Three digits: nobody needs to read 1131.37, and each rate stands in a command that repeats it.
double rounded(double rate) {
  const double unit = std::pow(10.0, std::floor(std::log10(rate)) - 2);
  const double value = std::round(rate / unit) * unit;
  return value < 1 ? value : std::round(value * 1000) / 1000;  // what the division left behind
}

}  // namespace

std::string_view to_string(RateFinding finding) noexcept {
  switch (finding) {
    case RateFinding::kept:
      return "kept";
    case RateFinding::broken:
      return "broken";
    case RateFinding::unclear:
      return "unclear";
    case RateFinding::generator:
      return "generator";
  }
  return "";
}

std::string_view to_string(CapacitySearch::Bound bound) noexcept {
  switch (bound) {
    case CapacitySearch::Bound::agent:
      return "agent";
    case CapacitySearch::Bound::generator:
      return "generator";
    case CapacitySearch::Bound::highest_rate:
      return "highest_rate";
  }
  return "";
}

CapacitySearch::CapacitySearch(double first_rate, double highest)
    : highest_{highest}, lowest_{first_rate / 1024}, rate_{std::min(first_rate, highest)} {}

CapacitySearch::Next CapacitySearch::next() const {
  if (over_) return so_far();
  return Try{rate_, confirming_};
}

void CapacitySearch::found(RateFinding finding, std::string why) {
  steps_.push_back({rate_, confirming_, finding, std::move(why)});
  if (finding == RateFinding::generator && !std::exchange(again_, true)) {
    over_ = steps_.size() >= most_steps;
    return;  // chance hits a generator too: the same rate once more
  }
  again_ = false;
  switch (finding) {
    case RateFinding::kept:
    case RateFinding::unclear:
      if (confirming_) {
        small_sample_ = small_sample_ || finding == RateFinding::unclear;
        over_ = ++confirmed_ == confirmations || small_sample_;
      } else {
        kept(rate_);
      }
      break;
    case RateFinding::broken:
      not_kept(rate_, Bound::agent);
      break;
    case RateFinding::generator:
      not_kept(rate_, Bound::generator);
      break;
  }
  over_ = over_ || steps_.size() >= most_steps;
}

void CapacitySearch::kept(double rate) {
  low_ = rate;
  if (high_) {
    narrow();
  } else if (rate >= highest_) {
    confirming_ = true;
  } else {
    rate_ = std::min(2 * rate, highest_);
  }
}

void CapacitySearch::not_kept(double rate, Bound bound) {
  high_ = rate;
  bound_ = bound;
  if (confirming_) {
    confirmed_ = 0;
    low_ = rate_ = rounded(rate / (1 + precision));  // not kept by any run yet: that is what the confirmation is for
    if (rate_ < lowest_) {
      low_.reset();
      over_ = true;
    }
  } else if (low_) {
    narrow();
  } else if (rate / 2 < lowest_) {
    over_ = true;
  } else {
    rate_ = rounded(rate / 2);
  }
}

void CapacitySearch::narrow() {
  const double middle = rounded(std::sqrt(*low_ * *high_));
  if (*high_ / *low_ > 1 + precision && middle > *low_ && middle < *high_) {
    rate_ = middle;
  } else {
    confirming_ = true;
    rate_ = *low_;
  }
}

CapacitySearch::Found CapacitySearch::so_far() const {
  Found found;
  found.rate = low_;
  found.bound = bound_;
  found.beyond = high_;
  found.confirmed = confirmed_ == confirmations && !small_sample_;
  return found;
}

std::string text_report(const CapacityReport& search) {
  const auto& [rate, bound, beyond, confirmed] = search.found;
  std::string text;
  if (!rate) {
    text = "capacity  none: not even the lowest rate below was kept\n";
  } else {
    text = fmt::format("capacity  {} jobs/s{}", *rate, confirmed ? "" : ", NOT CONFIRMED");
    if (bound == CapacitySearch::Bound::generator) {
      text += fmt::format(": at the least, {} is more than this machine can make; the agent may do more", beyond.value_or(0));
    } else if (beyond) {
      text += fmt::format("; {} is too much", *beyond);
    } else {
      text += "; more was not tried";
    }
    text += '\n';
  }
  for (const CapacityStep& step : search.steps) {
    fmt::format_to(std::back_inserter(text), "  {:>10}/s {:<10}{}{}\n", fmt::format("{}", step.rate), to_string(step.finding),
                   step.confirming ? "(confirming) " : "", step.why);
  }
  return text;
}

}  // namespace procedura::bench
