#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>

namespace procedura::mock {
namespace {

/// How deep checked JSON is nested.
std::size_t depth_of(std::string_view json) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_string) {
      if (c == '\\') ++at;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - begin + 1);
}

IncludedFile read(const LoadOptions& options, std::string_view from, const std::string& path) {
  IncludedFile file;
  if (!options.read_file) {
    file.problem = "this scenario comes from no file, so that $file has no folder to look in";
    return file;
  }
  const ScenarioText source = options.read_file(from, path, options.max_bytes);
  if (!source.unreadable.empty()) {
    file.problem = quote(path) + " " + source.unreadable;
    return file;
  }
  if (source.text.size() > options.max_bytes) {
    file.problem = quote(path) + " is larger than " + show_size(options.max_bytes) + ", the limit for a file";
    return file;
  }
  const auto check = protocol::check_json(source.text, options.max_depth);
  if (check.fault != protocol::JsonFault::none) {
    file.problem =
        quote(path) + " is " + std::string{protocol::describe(check.fault)} + ": " + line_and_column(source.text, check.offset);
    return file;
  }
  std::string json;
  protocol::append_compact(json, source.text);
  file.depth = depth_of(json);
  file.json = std::make_shared<const std::string>(std::move(json));
  return file;
}

}  // namespace

const IncludedFile& include_file(Reading& in, const std::string& path) {
  const std::string key = std::string{in.file} + '\n' + path;
  const auto known = in.included.find(key);
  if (known != in.included.end()) return known->second;
  return in.included.emplace(key, read(in.options, in.file, path)).first->second;
}

}  // namespace procedura::mock
