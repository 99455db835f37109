#pragma once

#include <procedura/agent.hpp>
#include <procedura/error.hpp>
#include <procedura/event.hpp>
#include <procedura/protocol/redaction.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

/// How GoogleTest shows what a client got: frames and failures in one line, tokens and passwords redacted (AUT-7), control
/// characters escaped, and no more than a person reads.
namespace procedura {

inline void PrintTo(const Event& event, std::ostream* out) {
  *out << protocol::printable(protocol::excerpt(protocol::redact_frame(event.text()), 400));
}

inline void PrintTo(const RunResult& result, std::ostream* out) {
  PrintTo(result.event(), out);
}

inline void PrintTo(const Snapshot& snapshot, std::ostream* out) {
  PrintTo(snapshot.result, out);
  if (!snapshot.warning.empty()) *out << " (" << protocol::printable(snapshot.warning) << ')';
}

inline void PrintTo(const LoginResult& login, std::ostream* out) {
  PrintTo(login.result, out);
}

inline void PrintTo(const Failure& failure, std::ostream* out) {
  *out << describe(failure);
  if (failure.job_id) *out << " (job " << protocol::printable(*failure.job_id) << ')';
  if (failure.close_code != 0) *out << " (closed with " << failure.close_code << ')';
}

inline void PrintTo(const Error& error, std::ostream* out) {
  PrintTo(error.failure(), out);
}

template <typename T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  if (result.has_error()) {
    PrintTo(result.error(), out);
  } else if constexpr (std::is_void_v<T>) {
    *out << "no failure";
  } else {
    *out << ::testing::PrintToString(*result);
  }
}

}  // namespace procedura
