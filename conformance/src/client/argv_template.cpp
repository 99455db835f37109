#include <procedura/conformance/argv_template.hpp>

#include <algorithm>
#include <functional>

namespace procedura::conformance {
namespace {

constexpr std::string_view dots = "...";

bool is_list(std::string_view name) {
  return name.size() > dots.size() && name.substr(name.size() - dots.size()) == dots;
}

bool is_name(std::string_view name) {
  if (is_list(name)) {
    name.remove_suffix(dots.size());
  }
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

/// Goes through a word: plain text to `text`, names to `placeholder`, what is neither to `problem`.
void walk(std::string_view word, const std::function<void(std::string_view)>& text,
          const std::function<void(std::string_view)>& placeholder, const std::function<void(std::string)>& problem) {
  for (std::size_t at = 0; at < word.size();) {
    const auto brace = std::min(word.find_first_of("{}", at), word.size());
    text(word.substr(at, brace - at));
    at = brace;
    if (at == word.size()) {
      return;
    }
    if (word.substr(at, 2) == "{{" || word.substr(at, 2) == "}}") {
      text(word.substr(at, 1));
      at += 2;
      continue;
    }
    const auto end = word[at] == '{' ? word.find('}', at) : std::string_view::npos;
    const auto name = end == std::string_view::npos ? std::string_view{} : word.substr(at + 1, end - at - 1);
    if (!is_name(name)) {
      problem(std::string{"a "} + word[at] + " that begins no placeholder; a brace itself is written twice");
      text(word.substr(at, 1));
      at += 1;
      continue;
    }
    placeholder(name);
    at = end + 1;
  }
}

}  // namespace

std::set<std::string, std::less<>> placeholders_of(std::string_view word, std::vector<std::string>& problems) {
  std::set<std::string, std::less<>> names;
  const auto found = [&](std::string_view name) {
    names.emplace(name);
    if (is_list(name) && word.size() != name.size() + 2) {
      problems.push_back("{" + std::string{name} + "} stands for several words, and has to be one by itself");
    }
  };
  walk(
      word, [](std::string_view) {}, found, [&](std::string problem) { problems.push_back(std::move(problem)); });
  return names;
}

std::string expand_word(std::string_view word, const TemplateValues& values) {
  std::string out;
  const auto value = [&](std::string_view name) {
    if (const auto found = values.words.find(name); found != values.words.end()) {
      out += found->second;
    }
  };
  walk(
      word, [&](std::string_view text) { out += text; }, value, [](const std::string&) {});
  return out;
}

Argv expand(const Argv& words, const TemplateValues& values) {
  Argv out;
  for (const std::string& word : words) {
    if (word.size() < 2 || word.front() != '{' || word.back() != '}' || !is_list(word.substr(1, word.size() - 2))) {
      out.push_back(expand_word(word, values));
      continue;
    }
    const auto list = values.lists.find(word.substr(1, word.size() - 2 - dots.size()));
    if (list != values.lists.end()) {
      out.insert(out.end(), list->second.begin(), list->second.end());
    }
  }
  return out;
}

}  // namespace procedura::conformance
