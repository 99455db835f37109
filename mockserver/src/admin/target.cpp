#include "admin/target.hpp"

#include "scenario/suggest.hpp"

#include <procedura/protocol/json_text.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace procedura::mock::admin {

std::variant<Target, std::string> parse_target(std::string_view text) {
  const auto parsed = boost::urls::parse_origin_form({text.data(), text.size()});
  if (!parsed) return "the request must name a path, such as /__admin/health, and a query in which all else is percent-encoded";
  const boost::urls::url_view url = *parsed;
  Target target;
  target.path = std::string{url.encoded_path()};
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& parameter : url.params(form)) {
    if (parameter.key.empty() && parameter.value.empty()) continue;  // "?", or "&" at the end
    if (!protocol::is_utf8(parameter.key) || !protocol::is_utf8(parameter.value)) return "the query is not UTF-8";
    const std::string name{parameter.key};
    if (!target.query.emplace(name, parameter.value).second) {
      return fmt::format("the parameter {} is given twice", quote(name));
    }
  }
  return target;
}

std::optional<std::string> unknown_parameter(const Target& target, std::span<const std::string_view> known) {
  for (const auto& [name, value] : target.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (known.empty()) return fmt::format("there is no parameter {} here, nor any other", quote(name));
    const auto hint = did_you_mean(name, known);
    return fmt::format("there is no parameter {} here{}", quote(name), hint.empty() ? ", only " + one_of(known) : hint);
  }
  return std::nullopt;
}

}  // namespace procedura::mock::admin
