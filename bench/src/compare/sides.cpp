#include "compare/record.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/request.hpp>

#include <vector>

namespace procedura::bench {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  return words;
}

// TOKEN=x before a program is a secret by the same names as --token=x behind it.
bool is_variable(std::string_view word) {
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && word.front() != '-';
}

/// The rules of what is secret in arguments are those for frames.
std::vector<std::string> redacted_arguments(const std::vector<std::string>& words) {
  std::string frame;
  protocol::append_request(frame, "0", "command", words, protocol::Mode::sync, protocol::ArgsStyle::bare);
  auto decoded = protocol::decode_request(protocol::redact_frame(frame));
  if (auto* request = std::get_if<protocol::Request>(&decoded)) return std::move(request->args);
  return {std::string{protocol::redacted}};
}

}  // namespace

bool is_command(std::string_view side) noexcept {
  return side.substr(0, 5) != "ws://" && side.substr(0, 6) != "wss://";
}

std::string shown_side(std::string_view side) {
  if (!is_command(side)) return protocol::redact_url(side);
  std::vector<std::string> words = words_of(side);
  std::vector<bool> variable;
  for (std::string& word : words) {
    variable.push_back(is_variable(word));
    if (variable.back()) word.insert(0, "--");
  }
  words = redacted_arguments(words);
  std::string shown;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view word = words[i];
    if (words.size() == variable.size() && variable[i]) word.remove_prefix(2);
    if (i > 0) shown += ' ';
    shown += word.find("://") == std::string_view::npos ? std::string{word} : protocol::redact_url(word);
  }
  return shown;
}

}  // namespace procedura::bench
