#pragma once

#include "measure/units.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::bench::json {

/// Thrown by what reads a report to the function that gives it out as a value: one line, with the place in the document.
struct Fault {
  std::string message;
};

/// A value in a JSON document of somebody else's, read strictly: what is not as it has to be is a `Fault` that says where.
/// The document outlives it.
class Node {
 public:
  explicit Node(const nlohmann::json& value, std::string path = {}) : value_{&value}, path_{std::move(path)} {}

  Node operator[](std::string_view member) const;  ///< of an object; it has to be there
  bool has(std::string_view member) const;         ///< there, and not null
  bool is_null() const;

  std::vector<Node> items(std::size_t most) const;                            ///< of an array
  std::vector<std::pair<std::string, Node>> members(std::size_t most) const;  ///< of an object

  /// At most 10^15, so that no sum of them leaves 64 bits.
  static constexpr std::uint64_t most_count = 1'000'000'000'000'000;
  std::uint64_t count(std::uint64_t least = 0, std::uint64_t most = most_count) const;
  std::uint64_t any_count() const;  ///< of 64 bits
  std::int64_t difference() const;  ///< within 10^15, either way
  Nanos time() const;
  std::optional<Nanos> time_or_null() const;
  double number(double least, double most) const;
  bool flag() const;
  std::string text() const;            ///< as it stands there
  std::string printable_text() const;  ///< for people

  [[noreturn]] void refuse(std::string_view what) const;

 private:
  const nlohmann::json* value_;
  std::string path_;
};

}  // namespace procedura::bench::json
