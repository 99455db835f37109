#include "record/stubs.hpp"

#include "engine/builtins.hpp"
#include "record/json_tree.hpp"
#include "record/placeholders.hpp"
#include "scenario/request.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace procedura::mock::record {
namespace {

using protocol::Target;

/// What a stub asks of a request, and how much that is.
struct Shape {
  Node match;
  std::size_t options = 0;
  std::size_t open = 0;  // conditions that anything meets
};

Node anything() {
  return object_node({{"absent", boolean_node(false)}});
}

bool can_be_named(const std::vector<Option>& options) {
  return std::none_of(options.begin(), options.end(),
                      [](const Option& option) { return option.name.empty() || option.name.starts_with("-"); });
}

// The protocol's own words are no secret, though a password be among them.
bool can_be_told(const std::string& cmd, const Secrets& secrets) {
  return engine::builtin_from(cmd) || secrets.text(cmd) == cmd;
}

/// Conditions on arguments. What is secret in them, or bears the id of its request, meets every text.
class ShapeReader {
 public:
  ShapeReader(const Exchange& exchange, const Secrets& secrets)
      : request_{exchange.request}, secrets_{secrets}, ids_{secrets, exchange.request.id, exchange.job_id} {}

  Shape shape() {
    const auto split = receive(request_.id, request_.cmd, request_.mode, secrets_.args(request_));
    shape_.match = object_node({{"cmd", text_node(request_.cmd)}, {"mode", text_node(std::string{to_string(request_.mode)})}});
    if (!can_be_named(split.options)) {
      add_member(shape_.match, "raw_args", list(split.raw_args));
      return std::move(shape_);
    }
    add_member(shape_.match, "args", list(split.args));
    std::map<std::string, Node> options;  // where one is given twice, the last counts
    for (const Option& option : split.options) {
      options.insert_or_assign(option.name, option.value ? condition(*option.value) : boolean_node(true));
    }
    shape_.options = options.size();
    if (!options.empty()) add_member(shape_.match, "options", object_node({options.begin(), options.end()}));
    return std::move(shape_);
  }

 private:
  Node condition(const std::string& text) {
    if (text.find(protocol::redacted) == std::string::npos && !ids_.occurs_in(text)) return text_node(text);
    ++shape_.open;
    return anything();
  }

  Node list(const std::vector<std::string>& texts) {
    Node node;
    node.kind = Node::Kind::array;
    for (const std::string& text : texts) node.items.push_back(condition(text));
    return node;
  }

  const protocol::Request& request_;
  const Secrets& secrets_;
  Placeholders ids_;
  Shape shape_;
};

/// The exchanges of one shape, while they are gathered.
struct Group {
  Shape shape;
  std::size_t command = 0;  // the how-manieth command this is
  protocol::Mode mode = protocol::Mode::sync;
  std::vector<std::pair<std::string, std::vector<RecordedStep>>> replies;  // with their contents
};

std::vector<std::int64_t> delays_of(const std::vector<RecordedStep>& steps) {
  std::vector<std::int64_t> delays;
  std::int64_t now = 0;
  for (const RecordedStep& step : steps) {
    delays.push_back(std::max<std::int64_t>(step.at_ms - now, 0));
    now = std::max(now, step.at_ms);
  }
  return delays;
}

// Of replies with as many steps each: what lies in the middle, step by step.
std::vector<std::int64_t> median_delays(const std::vector<std::vector<std::int64_t>>& all) {
  std::vector<std::int64_t> medians;
  std::vector<std::int64_t> column(all.size());
  for (std::size_t step = 0; step < all.front().size(); ++step) {
    std::transform(all.begin(), all.end(), column.begin(), [step](const auto& delays) { return delays[step]; });
    const auto middle = column.begin() + static_cast<std::ptrdiff_t>((column.size() - 1) / 2);
    std::nth_element(column.begin(), middle, column.end());
    medians.push_back(*middle);
  }
  return medians;
}

std::vector<RecordedReply> replies_of(Group group) {
  auto& replies = group.replies;
  // The last reply stays: those at the end that are alike are one.
  std::size_t alike = 1;
  while (alike < replies.size() && replies[replies.size() - alike - 1].first == replies.back().first) ++alike;
  std::vector<std::vector<std::int64_t>> delays;
  for (std::size_t i = replies.size() - alike; i < replies.size(); ++i) delays.push_back(delays_of(replies[i].second));
  replies.resize(replies.size() - alike + 1);

  std::vector<RecordedReply> recorded;
  for (auto& [content, steps] : replies) {
    auto its_delays = delays_of(steps);
    recorded.push_back({std::move(steps), std::move(its_delays)});
  }
  recorded.back().delays_ms = median_delays(delays);
  return recorded;
}

/// The one of the three that the fewest frames would have to gainsay.
Target best_target(const RecordedStub& stub) {
  constexpr std::array<Target, 3> choices{Target{true, true}, Target{true, false}, Target{false, true}};
  const auto gainsaid = [&stub](Target choice) {
    std::size_t count = 0;
    for (const RecordedReply& reply : stub.replies) {
      bool first = true;
      for (const RecordedStep& step : reply.steps) {
        const bool frame = step.action != "close" && step.action != "fault";
        if (step.target) count += usual_target(step, stub.mode, first, choice) == *step.target ? 0U : 1U;
        first = first && !frame;
      }
    }
    return count;
  };
  return *std::min_element(choices.begin(), choices.end(), [&](Target a, Target b) { return gainsaid(a) < gainsaid(b); });
}

}  // namespace

std::vector<RecordedStub> stubs_of(const std::vector<Exchange>& exchanges, const Secrets& secrets) {
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> by_shape;
  std::unordered_map<std::string, std::size_t> commands;
  for (const Exchange& exchange : exchanges) {
    if (!can_be_told(exchange.request.cmd, secrets)) continue;
    Shape shape = ShapeReader{exchange, secrets}.shape();
    std::string key;
    append_json(key, shape.match);
    const auto [at, is_new] = by_shape.try_emplace(std::move(key), groups.size());
    if (is_new) {
      const auto command = commands.try_emplace(exchange.request.cmd, commands.size()).first->second;
      groups.push_back({std::move(shape), command, exchange.request.mode, {}});
    }
    auto steps = steps_of(exchange, secrets);
    std::string content = content_of(steps);
    groups[at->second].replies.emplace_back(std::move(content), std::move(steps));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::tuple{a.command, b.shape.options, a.shape.open} < std::tuple{b.command, a.shape.options, b.shape.open};
  });

  std::vector<RecordedStub> stubs;
  std::set<std::string> names;
  for (Group& group : groups) {
    RecordedStub stub;
    const std::string& cmd = group.shape.match.members.front().value.text;
    stub.name = cmd;
    for (std::size_t number = 2; !names.insert(stub.name).second; ++number) stub.name = cmd + " " + std::to_string(number);
    stub.match = std::move(group.shape.match);
    stub.mode = group.mode;
    stub.requests = group.replies.size();
    stub.replies = replies_of(std::move(group));
    stub.target = best_target(stub);
    stubs.push_back(std::move(stub));
  }
  return stubs;
}

}  // namespace procedura::mock::record
