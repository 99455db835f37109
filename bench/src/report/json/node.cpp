#include "report/json/node.hpp"

#include <procedura/protocol/redaction.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace procedura::bench::json {
namespace {

constexpr std::uint64_t longest_time = 100'000'000'000'000'000;  // 3 years

}  // namespace

void Node::refuse(std::string_view what) const {
  throw Fault{fmt::format("{}: {}", path_.empty() ? "the report" : protocol::printable(path_), what)};
}

Node Node::operator[](std::string_view member) const {
  if (!value_->is_object()) refuse("needs an object");
  const auto at = value_->find(member);
  if (at == value_->end()) refuse(fmt::format("has no \"{}\"", member));
  return Node{*at, path_.empty() ? std::string{member} : fmt::format("{}.{}", path_, member)};
}

bool Node::has(std::string_view member) const {
  if (!value_->is_object()) refuse("needs an object");
  const auto at = value_->find(member);
  return at != value_->end() && !at->is_null();
}

bool Node::is_null() const {
  return value_->is_null();
}

std::vector<Node> Node::items(std::size_t most) const {
  if (!value_->is_array() || value_->size() > most) refuse(fmt::format("needs an array of at most {}", most));
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < value_->size(); ++i) nodes.emplace_back((*value_)[i], fmt::format("{}[{}]", path_, i));
  return nodes;
}

std::vector<std::pair<std::string, Node>> Node::members(std::size_t most) const {
  if (!value_->is_object() || value_->size() > most) refuse(fmt::format("needs an object of at most {} members", most));
  std::vector<std::pair<std::string, Node>> nodes;
  for (const auto& [name, value] : value_->items()) nodes.emplace_back(name, Node{value, fmt::format("{}.{}", path_, name)});
  return nodes;
}

std::uint64_t Node::count(std::uint64_t least, std::uint64_t most) const {
  if (!value_->is_number_unsigned() || value_->get<std::uint64_t>() < least || value_->get<std::uint64_t>() > most) {
    refuse(fmt::format("needs a whole number from {} to {}", least, most));
  }
  return value_->get<std::uint64_t>();
}

std::uint64_t Node::any_count() const {
  if (!value_->is_number_unsigned()) refuse("needs a whole number of at most 64 bits, not below 0");
  return value_->get<std::uint64_t>();
}

std::int64_t Node::difference() const {
  if (value_->is_number_unsigned()) return static_cast<std::int64_t>(count());
  constexpr auto least = -static_cast<std::int64_t>(most_count);
  if (!value_->is_number_integer() || value_->get<std::int64_t>() < least) refuse("needs a whole number of at most 15 digits");
  return value_->get<std::int64_t>();
}

Nanos Node::time() const {
  return Nanos{static_cast<Nanos::rep>(count(0, longest_time))};
}

std::optional<Nanos> Node::time_or_null() const {
  return is_null() ? std::nullopt : std::optional{time()};
}

double Node::number(double least, double most) const {
  const bool fits = value_->is_number() && value_->get<double>() >= least && value_->get<double>() <= most;
  if (!fits) refuse(fmt::format("needs a number from {} to {}", least, most));
  return value_->get<double>();
}

bool Node::flag() const {
  if (!value_->is_boolean()) refuse("needs true or false");
  return value_->get<bool>();
}

std::string Node::text() const {
  if (!value_->is_string()) refuse("needs a text");
  return value_->get<std::string>();
}

std::string Node::printable_text() const {
  return protocol::printable(text());
}

}  // namespace procedura::bench::json
