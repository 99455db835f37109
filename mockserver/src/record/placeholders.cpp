#include "record/placeholders.hpp"

#include "record/json_tree.hpp"

#include <boost/algorithm/string/replace.hpp>

#include <utility>

namespace procedura::mock::record {
namespace {

constexpr std::size_t shortest_word = 4;

// A `$` too: before a placeholder it would escape it.
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '$';
}

bool stands_at(std::string_view word, std::string_view text, std::size_t at) {
  if (word.size() < shortest_word || !text.substr(at).starts_with(word)) return false;
  const std::size_t end = at + word.size();
  return (at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]));
}

}  // namespace

std::string Placeholders::escaped(std::string_view text) {
  return boost::algorithm::replace_all_copy(std::string{text}, "${", "$${");
}

std::string Placeholders::filled(std::string_view text) const {
  std::pair longer{id_, "${id}"};
  std::pair shorter{job_, "${job}"};
  if (longer.first.size() < shorter.first.size()) std::swap(longer, shorter);
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto* found = stands_at(longer.first, text, at) ? &longer : stands_at(shorter.first, text, at) ? &shorter : nullptr;
    if (found == nullptr) {
      ++at;
      continue;
    }
    out += escaped(text.substr(copied, at - copied)) + found->second;
    copied = at += found->first.size();
  }
  return out + escaped(text.substr(copied));
}

std::string Placeholders::string(std::string_view text, std::string_view name) const {
  const bool may_be_short = name == "id" || name == "job_id" || name == "ref";
  if (may_be_short || text.size() >= shortest_word) {
    if (!id_.empty() && text == id_) return "${id}";
    if (!job_.empty() && text == job_) return "${job}";
  }
  return filled(secrets_.text(text));
}

// Recursion is bounded: `read_json` takes no more than 256 levels.
void Placeholders::fill(Node& value, std::string_view name) const {
  if (value.kind == Node::Kind::string) value.text = string(value.text, name);
  if (value.kind == Node::Kind::number && secrets_.number(value.text)) value = text_node(std::string{protocol::redacted});
  for (Node& item : value.items) fill(item, {});
  for (NodeMember& member : value.members) {
    if (secrets_.named(member.key)) {
      member.value = secrets_.member(member.key, member.value);
    } else {
      fill(member.value, member.key);
    }
    member.key = secrets_.text(member.key);
  }
}

}  // namespace procedura::mock::record
