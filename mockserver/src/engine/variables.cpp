#include "engine/variables.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>

namespace procedura::mock::engine {

const std::string* Scopes::find(std::string_view name) const {
  for (const Variables* scope : {instance, connection, partition}) {
    if (scope == nullptr) continue;
    if (const auto found = scope->find(name); found != scope->end()) return &found->second;
  }
  return nullptr;
}

bool Scopes::set(step::Set::Scope scope, const std::string& name, std::string json) const {
  if (json.size() > max_variable) return false;
  Variables* to = scope == step::Set::Scope::instance     ? instance
                  : scope == step::Set::Scope::connection ? connection
                                                          : partition;
  if (to != nullptr) to->insert_or_assign(name, std::move(json));
  return true;
}

bool holds(const When& when, const Asking& asking, const Scopes& variables) {
  if (when.instance && !matches(*when.instance, std::to_string(asking.instance))) return false;
  if (when.connection && !matches(*when.connection, std::to_string(asking.connection))) return false;
  return std::all_of(when.variables.begin(), when.variables.end(), [&](const auto& wanted) {
    const auto& [name, condition] = wanted;
    const std::string* json = variables.find(name);
    // What is missing meets `absent` and nothing else.
    if (json == nullptr) return condition.absent.value_or(false);
    return matches(condition, protocol::decode_string(*json).value_or(*json));
  });
}

std::size_t size_of(const Variables& variables) noexcept {
  std::size_t bytes = 0;
  for (const auto& [name, json] : variables) bytes += name.size() + json.size();
  return bytes;
}

}  // namespace procedura::mock::engine
