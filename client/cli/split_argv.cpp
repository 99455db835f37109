#include "split_argv.hpp"

#include "suggest.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>
#include <string_view>

namespace procedura::cli {
namespace {

bool is_long(std::string_view word) {
  return word.size() > 2 && word.starts_with("--");
}

std::string_view name_of(std::string_view long_word) {
  return long_word.substr(2, long_word.find('=') == std::string_view::npos ? long_word.npos : long_word.find('=') - 2);
}

std::string quoted(std::string_view word) {
  return "'" + protocol::printable(word) + "'";
}

std::string unknown_command(std::string_view word, std::string_view group) {
  const auto known = command_words(group);
  if (!group.empty())
    return quoted(word) + " is no command of " + std::string{group} + did_you_mean(word, known) + " (procedura " +
           std::string{group} + " " + list_of(known, " or ") + ")";
  // What has a colon in it is a credential or a URL whose command was forgotten; the credential is not to be quoted.
  if (word.starts_with("ws://") || word.starts_with("wss://"))
    return "an agent's URL goes behind --url: procedura --url URL run MODULE";
  if (word.find(':') != word.npos) return "a credential goes behind login: procedura login";
  return "unknown command " + quoted(word) + did_you_mean(word, known) + " (commands: " + list_of(known) + ")";
}

std::string unknown_option(std::string_view name, std::optional<Command> command) {
  std::vector<std::string_view> names;
  for (const Option& option : all_options()) {
    if (option.name == name && !command)
      return "--" + std::string{name} + " is an option of " + commands_of(option) + ": write it after the command";
    if (option.name == name)
      return "--" + std::string{name} + " is no option of " + std::string{to_string(*command)} + " but of " +
             commands_of(option);
    if (option.shared || (command && belongs_to(option, *command))) names.push_back(option.name);
  }
  return "unknown option " + quoted("--" + std::string{name}) + did_you_mean(name, names, "--");
}

bool holds_secret(const Option& option, std::string_view value) {
  if (option.name == "url" || option.name == "proxy") return protocol::redact_url(value) != value;
  return option.secret;
}

class Splitter {
 public:
  explicit Splitter(std::span<const std::string> words) : words_{words} {}

  SplitLine operator()() {
    while (more() && !line_.command) before_command();
    const bool with_module = line_.command && takes_module(*line_.command);
    while (more() && with_module && !line_.module) before_module();
    if (with_module && line_.module) {
      while (more() && own_long_option()) option();
      if (more() && !forced_ && words_[at_] == "--") ++at_;
      line_.module_args.assign(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    } else {
      while (more()) plain_rest();
    }
    return std::move(line_);
  }

 private:
  bool more() const { return at_ < words_.size() && line_.problem.empty(); }

  void before_command() {
    const std::string& word = words_[at_];
    if (word.size() > 1 && word[0] == '-' && word != "--") return option();
    if (line_.group.empty() && is_group(word)) {
      line_.group = words_[at_++];
      return;
    }
    const CommandInfo* known = find_command(line_.group.empty() ? word : line_.group + " " + word);
    if (known == nullptr || word.find(' ') != std::string::npos) {
      line_.problem = unknown_command(word, line_.group);
      return;
    }
    line_.command = known->command;
    ++at_;
  }

  void before_module() {
    const std::string& word = words_[at_];
    if (word == "--") {
      forced_ = true;
      if (++at_ == words_.size()) return;
    } else if (word.size() > 1 && word[0] == '-') {
      return option();
    }
    line_.module = words_[at_++];
  }

  void plain_rest() {
    const std::string& word = words_[at_];
    if (word == "--") {
      line_.operands.insert(line_.operands.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, words_.end());
      at_ = words_.size();
    } else if (word.size() > 1 && word[0] == '-') {
      option();
    } else {
      line_.operands.push_back(words_[at_++]);
    }
  }

  bool own_long_option() const {
    return !forced_ && is_long(words_[at_]) && find_option(name_of(words_[at_]), line_.command) != nullptr;
  }

  // Takes one word, and the next one too where that is its value. A value given with `=` becomes a word of its own, because
  // CLI11 takes `--token=` for a value that is still to come.
  void option() {
    const std::string& word = words_[at_++];
    if (!is_long(word)) {
      line_.ours.push_back(word);
      return;
    }
    const std::string name{name_of(word)};
    const auto equals = word.find('=');
    const Option* known = find_option(name, line_.command);
    if (known == nullptr && line_.command == Command::login && word.find(':') != std::string::npos) {
      line_.problem = "a credential that begins with a dash goes behind -- (see: procedura login --help)";
    } else if (known == nullptr) {
      line_.problem = unknown_option(name, line_.command);
    } else if (!known->takes_value()) {
      if (equals != std::string::npos) line_.problem = "--" + name + " takes no value: leave out the '=' and what follows it";
      line_.ours.push_back(word);
    } else if (equals == std::string::npos && at_ == words_.size()) {
      line_.problem = word + " needs a value: " + word + " " + std::string{known->value};
    } else {
      line_.ours.push_back("--" + name);
      line_.ours.push_back(equals != std::string::npos ? word.substr(equals + 1) : words_[at_++]);
    }
  }

  std::span<const std::string> words_;
  std::size_t at_ = 0;
  bool forced_ = false;  // a `--` stood before the module: all that follows the module is verbatim
  SplitLine line_;
};

}  // namespace

SplitLine split_argv(std::span<const std::string> words) {
  return Splitter{words}();
}

std::vector<std::size_t> secret_words(std::span<const std::string> words) {
  const SplitLine split = split_argv(words);
  if (split.command == Command::completion) {  // of another line, which is being typed
    const auto at = static_cast<std::size_t>(std::find(words.begin(), words.end(), "--") - words.begin());
    std::vector<std::size_t> found = at < words.size() ? secret_words(words.subspan(at + 1)) : std::vector<std::size_t>{};
    for (std::size_t& place : found) place += at + 1;
    return found;
  }
  std::vector<std::string> secrets;
  for (std::size_t i = 0; i < split.ours.size(); ++i) {
    const std::string& word = split.ours[i];
    const Option* option = is_long(word) ? find_option(word.substr(2), split.command) : nullptr;
    if (option != nullptr && option->takes_value()) {
      if (i + 1 < split.ours.size() && holds_secret(*option, split.ours[i + 1])) secrets.push_back(split.ours[i + 1]);
      ++i;
    } else if (split.command == Command::login && word.size() > 2 && option == nullptr) {
      secrets.push_back(word);  // a credential that begins with a dash, or so it seems
    }
  }
  if (split.command == Command::login)
    for (const std::string& operand : split.operands)
      if (operand != "-") secrets.push_back(operand);
  if (split.module == "login_password")  // LOG-1: its credential is what is no option
    for (const std::string& argument : split.module_args)
      if (!argument.starts_with("--")) secrets.push_back(argument);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < words.size(); ++i)
    for (const std::string& secret : secrets)
      if (!secret.empty() && (words[i] == secret || (is_long(words[i]) && words[i].ends_with("=" + secret)))) {
        found.push_back(i);
        break;
      }
  return found;
}

}  // namespace procedura::cli
