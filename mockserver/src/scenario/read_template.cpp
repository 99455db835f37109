#include "scenario/sections.hpp"
#include "scenario/suggest.hpp"
#include "scenario/template_builder.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace procedura::mock {
namespace {

/// Objects of one member that stand for a value of another kind.
constexpr std::array<std::string_view, 2> stand_ins = {"$file", "$generate"};
constexpr std::uint64_t most_generated = std::uint64_t{1} << 30U;

/// Walks one value and tells a builder; recursion is bounded by the depth of the document.
class TemplateReader {
 public:
  TemplateReader(Reading& in, const std::vector<std::string>& loops)
      : in_{in}, scope_{loops, in.options.environment}, builder_{scope_} {}

  void value(const Cursor& at) {
    switch (at->kind) {
      case Node::Kind::string:
        text(at);
        break;
      case Node::Kind::array:
        ++depth_;
        builder_.constant("[");
        for (std::size_t i = 0; i < at->items.size(); ++i) {
          if (i > 0) builder_.constant(",");
          value(at.item(i));
        }
        builder_.constant("]");
        --depth_;
        break;
      case Node::Kind::object:
        if (stands_in(at)) break;
        ++depth_;
        builder_.constant("{");
        members(at, {});
        builder_.constant("}");
        --depth_;
        break;
      default: {
        std::string json;
        append_json(json, *at);
        builder_.constant(json);
      }
    }
  }

  void members(const Cursor& at, const std::vector<std::string_view>& except) {
    std::string_view comma;
    for (const NodeMember& member : at->members) {
      if (std::find(except.begin(), except.end(), member.key) != except.end()) continue;
      check_key(at, member);
      builder_.constant(std::exchange(comma, ","));
      builder_.constant_string(member.key);
      builder_.constant(":");
      value(at.member(member));
    }
  }

  Template build() && {
    in_.secrets.insert(in_.secrets.end(), scope_.secrets.begin(), scope_.secrets.end());
    return std::move(builder_).build();
  }

 private:
  void text(const Cursor& at) {
    for (const std::string& error : builder_.string(at->text)) in_.report.error(at, error);
    for (const std::string& name : std::exchange(scope_.missing_env, {})) {
      in_.report.warning(at, "the environment has no " + name + ": set it, or give a default with ??");
    }
    for (std::string& name : std::exchange(scope_.variables, {})) {
      in_.variables_used.push_back({std::move(name), at->place, at.pointer});
    }
  }

  void check_key(const Cursor& at, const NodeMember& member) {
    const auto where = [&] { return pointer_to(at.pointer, member.key); };
    if (member.key.find("${") != std::string::npos) {
      in_.report.warning(member.key_place, where(), "placeholders in keys are not filled in");
    }
    if (!member.key.starts_with('$')) return;
    if (std::find(stand_ins.begin(), stand_ins.end(), member.key) != stand_ins.end()) {
      in_.report.error(member.key_place, where(),
                       "expected " + quote(member.key) + " as the one member of a value, for which it stands");
    } else if (const std::string hint = did_you_mean(member.key, stand_ins); !hint.empty()) {
      in_.report.warning(member.key_place, where(), quote(member.key) + " is sent as it is" + hint);
    }
  }

  /// Reads a value that another stands for; false: it is an object like any other.
  bool stands_in(const Cursor& at) {
    if (at->members.size() != 1) return false;
    const NodeMember& only = at->members.front();
    const Cursor argument = at.member(only);
    if (only.key == "$file") {
      file(argument);
    } else if (only.key == "$generate") {
      const Object object{in_.report, argument, "an object such as {\"bytes\": \"1MiB\"}", {"bytes"}};
      const auto bytes = object.require("bytes");
      if (bytes) builder_.generated(read_size(in_.report, *bytes, 0, most_generated).value_or(0));
    } else {
      return false;
    }
    return true;
  }

  void file(const Cursor& at) {
    const auto path = read_string(in_.report, at, "the path of a JSON file, from the folder of this scenario");
    if (!path) return;
    const IncludedFile& included = include_file(in_, *path);
    if (!included.json) {
      in_.report.error(at, included.problem);
    } else if (depth_ + included.depth > in_.options.max_depth) {
      in_.report.error(at, quote(*path) +
                               " is nested so deep that together with what is around it the frame would be deeper than " +
                               std::to_string(in_.options.max_depth) + " levels");
    } else {
      builder_.included(included.json);
    }
  }

  Reading& in_;
  CompileScope scope_;
  TemplateBuilder builder_;
  std::size_t depth_ = 1;  ///< of the frame around the value
};

}  // namespace

Template read_template(Reading& in, const Cursor& at, const std::vector<std::string>& loops) {
  TemplateReader reader{in, loops};
  reader.value(at);
  return std::move(reader).build();
}

Template read_members(Reading& in, const Cursor& at, const std::vector<std::string>& loops,
                      const std::vector<std::string_view>& except) {
  TemplateReader reader{in, loops};
  reader.members(at, except);
  return std::move(reader).build();
}

}  // namespace procedura::mock
