#include "scenario/request.hpp"

#include <algorithm>
#include <utility>

namespace procedura::mock {
namespace {

constexpr std::string_view dashes = "--";

}  // namespace

const Option* ReceivedRequest::option(std::string_view name) const noexcept {
  const auto last = std::find_if(options.rbegin(), options.rend(), [&](const Option& option) { return option.name == name; });
  return last == options.rend() ? nullptr : &*last;
}

ReceivedRequest receive(std::string id, std::string cmd, protocol::Mode mode, std::vector<std::string> raw_args,
                        Sender sender) {
  ReceivedRequest request{std::move(id), std::move(cmd), mode, std::move(raw_args), {}, {}, std::move(sender)};
  const auto& raw = request.raw_args;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::string_view argument = raw[i];
    if (argument == dashes) {
      request.args.insert(request.args.end(), raw.begin() + static_cast<std::ptrdiff_t>(i) + 1, raw.end());
      break;
    }
    if (!argument.starts_with(dashes) || argument.starts_with("--=")) {
      request.args.emplace_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    if (equals != std::string_view::npos) {
      request.options.push_back({std::string{argument.substr(2, equals - 2)}, std::string{argument.substr(equals + 1)}});
    } else if (i + 1 < raw.size() && !raw[i + 1].starts_with(dashes)) {
      request.options.push_back({std::string{argument.substr(2)}, raw[++i]});
    } else {
      request.options.push_back({std::string{argument.substr(2)}, std::nullopt});
    }
  }
  return request;
}

}  // namespace procedura::mock
