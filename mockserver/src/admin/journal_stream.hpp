#pragma once

#include "admin/target.hpp"
#include "engine/engine.hpp"
#include "net/http_side.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace procedura::mock::admin {

/// Which entries of the journal are asked for, and how they are to be given.
struct JournalQuery {
  engine::JournalFilter filter;
  std::uint64_t since = 0;  ///< `seq` of the last one that was seen already
  std::optional<std::uint64_t> limit;
  bool follow = false;  ///< goes on with what is to come
  bool array = false;   ///< one JSON array instead of a line for each
};

/// From the query of a request; else what is wrong with it.
std::variant<JournalQuery, std::string> journal_query(const Target& target);

/// The journal as a body that is made while it is sent: what a slow reader missed costs a line that says how much it was, and
/// no memory. `engine` must outlive it.
std::shared_ptr<net::BodySource> journal_body(const engine::Engine& engine, JournalQuery query);

}  // namespace procedura::mock::admin
