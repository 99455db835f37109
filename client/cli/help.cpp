#include "help.hpp"

#include "pages.hpp"

#include <algorithm>
#include <utility>

namespace procedura::cli {
namespace {

std::string entry(std::string term, std::size_t width, std::string_view description) {
  if (term.size() < width) term.append(width - term.size(), ' ');
  return "  " + term + "  " + std::string{description} + "\n";
}

std::string spelled(const Option& option) {
  const std::string name{option.name};
  if (option.letter != 0) return std::string{'-', option.letter, ',', ' '} + "--" + name;
  if (option.kind == ValueKind::toggle) return "--[no-]" + name;
  return "--" + name + (option.takes_value() ? " " + std::string{option.value} : std::string{});
}

std::string option_line(const Option& option) {
  std::string description{option.help};
  const bool shows_default = !option.default_text.empty() && option.kind != ValueKind::toggle;
  if (shows_default) description.append(" [").append(option.default_text).append("]");
  return entry(spelled(option), 22, description);
}

/// The options that `wanted` says, under a heading; nothing if there are none.
std::string option_lines(std::string_view heading, const auto& wanted) {
  std::string lines;
  for (const Option& option : all_options())
    if (wanted(option)) lines += option_line(option);
  return lines.empty() ? lines : "\n" + std::string{heading} + "\n" + lines;
}

std::string own_options(Command command) {
  return option_lines("Options", [&](const Option& option) { return !option.shared && belongs_to(option, command); });
}

std::string shared_options(CommandSet commands) {
  return option_lines("Options that also stand before the command", [&](const Option& option) {
    return option.shared && (option.commands.empty() || option.commands.meets(commands));
  });
}

std::string command_line(const CommandInfo& row, std::size_t width) {
  return entry(std::string{row.name} + (row.operands.empty() ? "" : " ") + std::string{row.operands}, width, row.summary);
}

std::string command_lines() {
  std::string text = "\nCommands\n";
  for (const CommandInfo& row : all_commands()) text += command_line(row, 28);
  text += "\nTopics of help\n";
  for (const Topic& topic : all_topics()) text += entry(std::string{topic.name}, 28, topic.summary);
  return text;
}

std::string environment_lines() {
  constexpr std::size_t width = 25;
  std::string text = "\nVariables\n";
  for (const Option& option : all_options())
    if (!option.environment.empty()) text += entry(std::string{option.environment}, width, "--" + std::string{option.name});
  for (const auto& [name, meaning] : {std::pair{"PROCEDURA_CREDENTIAL", "what login uses if the command line has none"},
                                      {"PROCEDURA_KEY_PASSWORD", "of an encrypted --key"},
                                      {"http_proxy, https_proxy", "and more, see: procedura help proxy"},
                                      {"XDG_CONFIG_HOME", "where procedura/config.json lies (else ~/.config)"},
                                      {"NO_COLOR, TERM=dumb", "no colours"}})
    text += entry(name, width, meaning);
  return text;
}

std::string topic_page(const Topic& topic) {
  return std::string{topic.text} + (topic.name == "environment" ? environment_lines() : std::string{});
}

}  // namespace

std::string help_page(std::optional<Command> command) {
  if (!command)
    return std::string{overview_text()} + command_lines() +
           option_lines("Options", [](const Option& option) { return option.shared; });
  return std::string{command_text(*command)} + own_options(*command) + shared_options(CommandSet{*command});
}

std::string group_page(std::string_view group) {
  std::string commands = "\nCommands\n";
  std::string pages;
  CommandSet all;
  for (const CommandInfo& row : all_commands()) {
    if (!row.name.starts_with(std::string{group} + " ")) continue;
    commands += command_line(row, 24);
    pages +=
        "\n\nprocedura " + std::string{row.name} + "\n\n" + std::string{command_text(row.command)} + own_options(row.command);
    all.add(row.command);
  }
  return std::string{group_text(group)} + "\n" + commands + shared_options(all) + pages;
}

std::optional<std::string> help_topic(std::string_view topic) {
  if (const CommandInfo* row = find_command(topic)) return help_page(row->command);
  if (is_group(topic)) return group_page(topic);
  std::string all = help_page(std::nullopt);
  for (const Topic& one : all_topics()) {
    if (one.name == topic) return topic_page(one);
    all += "\n\n" + topic_page(one);
  }
  return topic == "all" ? std::optional{all} : std::nullopt;
}

std::vector<std::string_view> help_topics() {
  std::vector<std::string_view> names;
  for (const Topic& topic : all_topics()) names.push_back(topic.name);
  names.emplace_back("all");
  return names;
}

}  // namespace procedura::cli
