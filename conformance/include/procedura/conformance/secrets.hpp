#pragma once

#include <procedura/protocol/redaction.hpp>

#include <mutex>
#include <string>
#include <string_view>

namespace procedura::conformance {

/// What no report may show (AUT-7): the profile's credentials and every token that was seen during the run, since an agent may
/// show in one case what it issued in another. Thread-safe.
class Secrets {
 public:
  void add(std::string_view secret) {
    const std::lock_guard lock{mutex_};
    redactor_.add(secret);
  }
  void add_credential(std::string_view credential) {
    const std::lock_guard lock{mutex_};
    redactor_.add_credential(credential);
  }
  protocol::Redactor redactor() const {
    const std::lock_guard lock{mutex_};
    return redactor_;
  }

 private:
  mutable std::mutex mutex_;
  protocol::Redactor redactor_;
};

}  // namespace procedura::conformance
