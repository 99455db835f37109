#pragma once

#include <procedura/conformance/case.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Steps that cases of several areas share.
namespace procedura::conformance::cases {

inline bool kept(const Finding& finding) {
  return finding.kind == Finding::Kind::kept;
}

/// The first that is not kept, or that it is.
Finding all_of(std::initializer_list<Finding> findings);

/// Keeps the first thing that went wrong among many alike.
inline void gather(Finding& so_far, Finding next) {
  if (kept(so_far)) {
    so_far = std::move(next);
  }
}

/// The quick request with nothing wrong in it finishes. What is refused between two that succeed is refused for its one bad
/// property.
bool sound(Case& c, Connection& connection);
Finding unsound();

/// Another connection is answered, whatever became of the one before.
Finding lives_on(Case& c);

/// Sends something wrong between two sound requests, and looks for an error with this `code` that belongs to no request, behind
/// the second of them and, if it is not there, behind one more.
Finding told(Case& c, Connection& connection, std::string_view code, const std::function<void()>& send_it);
Finding told(Case& c, Connection& connection, std::string_view code, std::string text);

/// The echo module finishes with these words among its arguments, each whole and in this order.
Finding comes_back(Case& c, Connection& connection, const std::vector<std::string>& words);

/// The request as `text`, which means the same, finishes.
Finding finishes_as(Connection& connection, const Request& request, std::string text);

/// The quick request with this JSON text among its members finishes. `members` is put before its own: `"a":1,`.
Finding finishes_with(Case& c, Connection& connection, std::string_view members);

/// The error frames that came, whomever they belong to, each have a message.
Finding errors_have_reasons(const Connection& connection);

}  // namespace procedura::conformance::cases
