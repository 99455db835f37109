#include "hash.hpp"

#include <procedura/conformance/registry.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace procedura::conformance {

Hash& Hash::add(std::string_view text) {
  for (std::size_t length = text.size(), i = 0; i < sizeof length; ++i) {
    byte(static_cast<unsigned char>((length >> (8 * i)) & 0xffU));
  }
  for (const char c : text) {
    byte(static_cast<unsigned char>(c));
  }
  return *this;
}

std::string Hash::hex() const {
  return fmt::format("{:016x}", value_);
}

std::string hash_of_document(const nlohmann::json& document) {
  nlohmann::json meant = document;  // members are sorted by name
  if (meant.is_object()) {
    meant.erase("$schema");
    if (const auto declares = meant.find("declares"); declares != meant.end() && declares->is_array()) {
      std::sort(declares->begin(), declares->end());
    }
  }
  return Hash{}.add(meant.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).hex();
}

std::string hash_of(const Registry& registry) {
  Hash hash;
  for (const CaseSpec& spec : registry) {
    hash.add(spec.id);
    for (const Need need : spec.needs) {
      hash.add(to_string(need));
    }
    for (const auto prerequisite : spec.after) {
      hash.add(prerequisite);
    }
    for (const CheckSpec& check : spec.checks) {
      hash.add(check.slug).add(check.clause).add(to_string(check.source)).add(to_string(check.binding())).add(check.allowed);
    }
  }
  for (const Clause& clause : clauses()) {
    hash.add(clause.id).add(to_string(clause.level)).add(clause.sources).add(clause.sentence);
  }
  return hash.hex();
}

}  // namespace procedura::conformance
