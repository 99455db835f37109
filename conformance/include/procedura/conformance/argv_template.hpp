#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

/// The words of a command line. No shell ever sees them: a word is an argument, whatever is in it.
using Argv = std::vector<std::string>;

/// What a template's placeholders stand for.
struct TemplateValues {
  std::map<std::string, std::string, std::less<>> words;  ///< `{url}`, anywhere in a word
  std::map<std::string, Argv, std::less<>> lists;         ///< `{args...}`, which is a word by itself and becomes any number
};

/// The placeholders of a word, `args...` with its dots; what is wrong with it is added to `problems`, one sentence each.
/// `{{` and `}}` are braces.
std::set<std::string, std::less<>> placeholders_of(std::string_view word, std::vector<std::string>& problems);

/// The template with everything filled in. What has no value becomes nothing: a list no words, a word the empty text.
Argv expand(const Argv& words, const TemplateValues& values);
/// The same for one word without lists.
std::string expand_word(std::string_view word, const TemplateValues& values);

}  // namespace procedura::conformance
