#pragma once

#include <procedura/mock/request_match.hpp>
#include <procedura/mock/steps.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::mock::script {

/// Takes what was written: a stub or an expectation of this name, as the text of a scenario; `where` is its place in the code.
/// Throws `MockError` with what is wrong.
using Loads = std::function<void(std::string_view name, const std::string& scenario, const std::source_location& where)>;

/// A stub being written. It answers from the moment in which `reply` or `sequence` returns: see `MockAgent::stub`.
class [[nodiscard]] StubBuilder : public Conditions<StubBuilder> {
 public:
  /// `MockAgent::stub` makes it.
  StubBuilder(Loads loads, const Condition& cmd, const std::source_location& where)
      : Conditions{cmd}, loads_{std::move(loads)}, where_{where} {}

  /// For the journal, and for overriding: a stub takes the place of the one with the same name. Default: what it matches.
  StubBuilder& name(std::string_view name);
  /// The highest is asked first; default 0.
  StubBuilder& priority(std::int32_t priority);
  /// Which ids its frames bear.
  StubBuilder& target(Target target);
  /// No ack or started of its own accord at the beginning.
  StubBuilder& no_accept();
  /// Its replies go on when the connection has ended.
  StubBuilder& detached();

  /// The last word: what each request that matches gets, step by step. Throws `MockError`.
  template <typename... Steps>
  void reply(const Step& first, const Steps&... more) {
    reply(std::vector<Step>{first, more...});
  }
  /// @overload
  void reply(const std::vector<Step>& steps);
  /// One reply for the first request, another for the second, ...; the last one stays.
  void sequence(const std::vector<std::vector<Step>>& replies);

 private:
  StubBuilder& setting(std::string_view key, std::string json);
  void load(std::string_view key, const std::string& json) const;
  Loads loads_;
  std::source_location where_;
  std::string name_;
  std::map<std::string, std::string> settings_;
};

namespace detail {

/// Where an expectation goes when its last word has been said.
struct Unloaded {
  Loads loads;
  std::source_location where;
  std::string name;

  /// With what it asks for: members of its object in a scenario.
  void load(const std::string& members) const;
};

}  // namespace detail

/// So many requests. `count`, `at_least`, `at_most` or `never` is the last word.
class [[nodiscard]] RequestsBuilder : public Conditions<RequestsBuilder> {
 public:
  /// `ExpectationBuilder::request` makes it.
  RequestsBuilder(detail::Unloaded to, const Condition& cmd) : Conditions{cmd}, to_{std::move(to)} {}

  /// The last one that must come does so this soon after the first connection to the partition.
  RequestsBuilder& within(std::chrono::nanoseconds limit);

  /// So many, exactly.
  void count(std::uint64_t exactly) { load(exactly, exactly); }
  /// From so many to so many.
  void count(std::uint64_t at_least, std::uint64_t at_most) { load(at_least, at_most); }
  /// So many or more.
  void at_least(std::uint64_t low) { load(low, {}); }
  /// So many or fewer.
  void at_most(std::uint64_t high) { load(0, high); }
  /// Not one.
  void never() { load(0, 0); }

 private:
  void load(std::uint64_t low, std::optional<std::uint64_t> high) const;
  detail::Unloaded to_;
  std::optional<std::chrono::nanoseconds> within_;
};

/// An expectation being written. It counts from the moment in which its last word (`count`, `never`, `order`, ...) returns:
/// what came before is not looked at. See `MockAgent::expect`.
class [[nodiscard]] ExpectationBuilder {
 public:
  /// `MockAgent::expect` makes it.
  ExpectationBuilder(Loads loads, std::string_view name, const std::source_location& where)
      : to_{std::move(loads), where, std::string{name}} {}

  /// Requests for this command: `request("job").option("n", 4).count(1)`.
  RequestsBuilder request(const Condition& cmd) const { return {to_, cmd}; }
  /// In this order, with anything between them; the last one `within` so long after the first, if that is given.
  void order(const std::vector<Request>& requests, std::optional<std::chrono::nanoseconds> within = {}) const;
  /// Every connection that closes does so with this code, and one does.
  void closed_with(std::uint16_t code) const;
  /// No request has the id of an earlier one of its connection.
  void unique_ids() const;

 private:
  detail::Unloaded to_;
};

}  // namespace procedura::mock::script
