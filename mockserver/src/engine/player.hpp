#pragma once

#include "engine/cursor.hpp"
#include "engine/draws.hpp"
#include "engine/frame_faults.hpp"
#include "engine/moment.hpp"
#include "engine/outputs.hpp"
#include "engine/ruleset.hpp"
#include "engine/variables.hpp"
#include "scenario/model.hpp"

#include <procedura/protocol/reply.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace procedura::mock::engine {

struct Connection;

/// One run of a stub: what one matched request set going.
struct Instance {
  Instance(std::shared_ptr<const Ruleset> its_rules, const Stub& of, std::uint64_t run_of_stub, ReceivedRequest asked)
      : rules{std::move(its_rules)}, stub{&of}, run{run_of_stub}, request{std::move(asked)}, cursor{of.reply_of(run)} {}

  std::shared_ptr<const Ruleset> rules;  ///< those it began with
  const Stub* stub;
  std::uint64_t run;                 ///< of its stub in the partition, from 1
  std::string_view name = {};        ///< of its stub; outlives it
  std::uint64_t ordinal = 0;         ///< over the whole partition, in order of arrival, from 1
  Connection* connection = nullptr;  ///< null: it has ended, and this one goes on without
  std::uint64_t caused_by = 0;       ///< `seq` of its request in the journal
  TimePoint since{};
  ReceivedRequest request;
  std::string job_id;
  std::uint64_t draw = 0;    ///< the base of its draws
  std::uint64_t frames = 0;  ///< sent so far
  bool over = false;         ///< its reply has had its finished or error
  Cursor cursor;
  Variables variables;
  std::optional<TimePoint> due;           ///< when it goes on, if it waits; while it awaits, when it gives up
  TimePoint scripted{};                   ///< when it would go on if time were not scaled
  const step::Await* awaiting = nullptr;  ///< what it waits for, if not just for time
  std::vector<FrameFault> faults;         ///< that wait for its next frame
  std::unique_ptr<Coalescing> held;       ///< frames of it that wait for others
  std::size_t charged = 0;                ///< bytes of it that count for the limit, while it waits
};

/// Where the frames of an instance go once they are rendered.
class FrameSink {
 public:
  /// A frame was appended to the output from `offset` on, as `step` says: one of an exchange, a message of its own (`Raw`), or
  /// one for everybody (`Broadcast`). No `status`: the script made it up whole. `code` is that of an error. False: the instance
  /// goes no further, since its connection has come to an end.
  virtual bool frame(const Step& step, std::size_t offset, std::optional<protocol::Status> status, std::string_view code) = 0;

 protected:
  ~FrameSink() = default;
};

/// Plays instances: does their steps until they have to wait. Keeps nothing between calls but memory to render in.
class Player {
 public:
  explicit Player(double time_scale) : time_scale_{time_scale} {}

  struct Ended {};
  struct Waiting {
    TimePoint until;
  };
  /// Until a request comes that matches. The cursor stays at the step.
  struct Awaiting {
    const step::Await* what;
  };
  /// A `Close` or a `Fault`: to be done by who has the connection. The cursor stands behind it.
  struct Act {
    const Step* step;
    std::uint64_t draw;
  };
  struct Broken {  ///< a reply that cannot be rendered: `SCENARIO_ERROR`
    const Step* step;
    std::string message;
  };
  using Result = std::variant<Ended, Waiting, Awaiting, Act, Broken>;

  /// Goes on with `instance`. Each step takes one from `budget`; when it is used up, the instance waits until `now`, so that no
  /// script can keep the agent to itself.
  Result play(Instance& instance, const Moment& moment, const Scopes& variables, std::size_t& budget, std::string& out,
              FrameSink& sink);

  /// The draw of the step that `instance` has come to.
  static std::uint64_t step_draw(const Instance& instance, const Step& step) noexcept;
  Duration scaled(Duration delay) const noexcept;

 private:
  using Problem = std::optional<std::string>;
  Problem set(const step::Set& step, const RenderContext& context, const Scopes& variables);
  Problem render(Instance& instance, const Step& step, const RenderContext& context, std::string& out, FrameSink& sink,
                 bool& goes_on);

  double time_scale_;
  std::string scratch_;
};

}  // namespace procedura::mock::engine
