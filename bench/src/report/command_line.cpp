#include "report/command_line.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/protocol/request.hpp>

#include <fmt/format.h>

#include <string_view>

namespace procedura::bench {
namespace {

class Words {
 public:
  void add(std::string_view option, std::string_view value) { text_ += fmt::format(" {} {}", option, shell_quoted(value)); }
  void add(std::string_view word) { text_ += fmt::format(" {}", shell_quoted(word)); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_load(Words& words, const LoadPlan& load, bool churns) {
  if (const auto* open = std::get_if<OpenLoop>(&load.load)) {
    words.add("--rate", exact_number(open->rate));
    words.add("--arrival", open->arrival == Arrival::poisson ? "poisson" : "constant");
    words.add("--max-in-flight", fmt::format("{}", open->max_in_flight));
  } else {
    words.add("--concurrency", fmt::format("{}", std::get<ClosedLoop>(load.load).concurrency));
  }
  if (!churns) words.add("--connections", fmt::format("{}", load.connections));
  words.add("--duration", exact_duration(load.duration));
  if (load.ramp.count() > 0) words.add("--ramp", exact_duration(load.ramp));
  words.add("--warm-up", exact_duration(load.warm_up));
  words.add("--cut-off", exact_duration(load.cut_off));
  words.add("--seed", fmt::format("{}", load.seed));
  if (load.shard.of > 1) words.add("--shard", fmt::format("{}/{}", load.shard.index, load.shard.of));
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./:@%,";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) return std::string{word};
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::vector<std::string> shown_arguments(const Plan& plan) {
  // The rules of what is secret are those for frames; a frame is what these arguments become.
  std::string frame;
  protocol::append_request(frame, "0", plan.module, plan.args, plan.mode, protocol::ArgsStyle::bare);
  auto decoded = protocol::decode_request(protocol::redact_frame(frame));
  if (auto* request = std::get_if<protocol::Request>(&decoded)) return std::move(request->args);
  return {std::string{protocol::redacted}};
}

std::string command_line(const Plan& plan) {
  return "procedura-bench run --url " + shell_quoted(protocol::redact_url(plan.url)) + plan_words(plan);
}

std::string plan_words(const Plan& plan) {
  Words words;
  words.add("--module", plan.module);
  words.add("--mode", protocol::to_string(plan.mode));
  if (plan.args_style) words.add("--args-style", protocol::to_string(*plan.args_style));
  if (plan.token_file) words.add("--token-file", *plan.token_file);
  if (plan.credential_env) words.add("--credential-env", *plan.credential_env);
  if (plan.tls.ca) words.add("--ca", *plan.tls.ca);
  if (plan.tls.insecure) words.add("--insecure");
  add_load(words, plan.load, plan.churn == Churn::connect);
  if (plan.churn == Churn::connect) words.add("--churn", "connect");
  if (!plan.floor) words.add("--no-floor");
  for (const Slo& slo : plan.slos) words.add("--slo", slo.text);
  if (plan.max_send_lag) words.add("--max-send-lag", exact_duration(*plan.max_send_lag));
  if (!plan.args.empty()) words.add("--");
  for (const std::string& argument : shown_arguments(plan)) words.add(argument);
  return words.take();
}

}  // namespace procedura::bench
