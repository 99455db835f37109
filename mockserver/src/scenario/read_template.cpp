#include "scenario/sections.hpp"
#include "scenario/template_builder.hpp"

#include <procedura/protocol/json_text.hpp>

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

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
        builder_.constant("[");
        for (std::size_t i = 0; i < at->items.size(); ++i) {
          if (i > 0) builder_.constant(",");
          value(at.item(i));
        }
        builder_.constant("]");
        break;
      case Node::Kind::object:
        builder_.constant("{");
        members(at, {});
        builder_.constant("}");
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
      if (member.key.find("${") != std::string::npos) {
        in_.report.warning(member.key_place, pointer_to(at.pointer, member.key), "placeholders in keys are not filled in");
      }
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
  }

  Reading& in_;
  CompileScope scope_;
  TemplateBuilder builder_;
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
