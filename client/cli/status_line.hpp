#pragma once

#include <procedura/protocol/deadlines.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::cli {

/// The line that a person at a terminal sees while waiting, as a value: what happened and what time it is go in, text comes
/// out.
///
/// A `run` shows after a second what it waits for. A `stream` shows a bar with rate and time left where frames carry `progress`
/// (a fraction), `percent`, or `n` and `total`; a spinner with the latest fields otherwise. A `check` says after a second what
/// it waits for, one thing after the other. A `listen` counts events.
class StatusLine {
 public:
  enum class Kind : unsigned char { login, run, stream, check, listen };
  StatusLine(Kind kind, std::string_view module, protocol::TimePoint started);

  void connected() noexcept { waiting_ = Waiting::ack; }
  /// A `listen` waits for its connection again.
  void lost(protocol::TimePoint now) noexcept;
  /// A `check` waits for this from now on; empty: for nothing that is worth a word.
  void waits_for(protocol::TimePoint now, std::string_view what);
  /// A frame that did not end the exchange: its text, which was checked.
  void frame(protocol::TimePoint now, std::string_view text);

  /// At most `width` columns, without a newline; empty when there is nothing to show. Agent text in it is escaped.
  std::string render(protocol::TimePoint now, std::size_t width, bool color) const;

 private:
  enum class Waiting : unsigned char { connection, ack, result };
  struct Progress {
    double done = 0;          // 0..1
    std::optional<double> n;  // in the agent's own unit, for the rate
    std::optional<double> total;
  };
  static std::optional<Progress> progress_of(std::string_view frame);
  std::vector<std::string> tail(double elapsed) const;
  std::string bar(double elapsed, std::size_t width, bool color) const;
  std::string spinner(double elapsed, std::string_view text) const;
  std::string listening(double elapsed) const;
  std::string what() const;

  Kind kind_;
  std::string module_;
  protocol::TimePoint started_;
  protocol::TimePoint since_;  // when what is waited for now began
  protocol::TimePoint first_frame_;
  protocol::TimePoint last_frame_;
  Waiting waiting_ = Waiting::connection;
  std::optional<Progress> progress_;
  std::string fields_;
  std::size_t events_ = 0;
};

/// What draws a line over the last one, in one write. The cursor rests at its beginning: where a terminal that becomes narrower
/// wraps the line, it stays there, and the next drawing erases the rows below. And nothing wraps if we learn of that too late.
std::string drawing_of(std::string_view line);
inline constexpr std::string_view erase_line = "\r\x1b[J";

}  // namespace procedura::cli
