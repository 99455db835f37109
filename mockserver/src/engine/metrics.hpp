#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace procedura::mock::engine {

/// What `__diag_ws_metrics` tells.
struct Metrics {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_total = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t frames_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t jobs_finished = 0;
  std::uint64_t jobs_failed = 0;
  std::map<std::string, std::uint64_t, std::less<>> errors;  ///< sent, by code

  /// Codes can come from templates, so from outside: those beyond a good many are counted together.
  void count_error(std::string_view code) {
    constexpr std::size_t told_apart = 256;
    auto found = errors.find(code);
    if (found == errors.end()) {
      found = errors.try_emplace(errors.size() < told_apart ? std::string{code} : std::string{"other"}, 0).first;
    }
    ++found->second;
  }
};

/// Adds what one partition counted to what others did.
inline void add(Metrics& all, const Metrics& one) {
  all.connections_open += one.connections_open;
  all.connections_total += one.connections_total;
  all.frames_in += one.frames_in;
  all.frames_out += one.frames_out;
  all.bytes_in += one.bytes_in;
  all.bytes_out += one.bytes_out;
  all.jobs_finished += one.jobs_finished;
  all.jobs_failed += one.jobs_failed;
  for (const auto& [code, count] : one.errors) all.errors[code] += count;
}

}  // namespace procedura::mock::engine
