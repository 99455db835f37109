#pragma once

#include "settings.hpp"

#include <procedura/error.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What the program is given by its process, so that a test can give it something else.
namespace procedura::cli {

class Output {
 public:
  virtual ~Output() = default;
  /// Writes all of it at once, waiting for a slow reader. False when it cannot be written: nobody reads any more, the disk is
  /// full (see `trouble`), or a signal came while the reader was not taking anything (`interrupted`).
  virtual bool write(std::string_view text) = 0;
  virtual bool interrupted() const { return false; }
  /// Why the last write failed, for people.
  virtual std::string trouble() const { return {}; }
  /// Whether nobody can read any more what is written, as far as that can be known without writing.
  virtual bool reader_gone() const { return false; }
  virtual bool is_terminal() const { return false; }
  /// False while another job of the same terminal has it (`&`, `bg`): nothing is to be drawn over it.
  virtual bool in_foreground() const { return true; }
  virtual std::size_t width() const { return 80; }  ///< in columns
};

class Input {
 public:
  virtual ~Input() = default;
  /// The next line without its end; nothing at the end of input.
  virtual std::optional<std::string> read_line() = 0;
  /// The same from a terminal that does not show what is typed. Nothing at its end, or when interrupted. `ask` shows the
  /// prompt, again when the program was stopped and goes on.
  virtual std::optional<std::string> read_hidden_line(const std::function<void()>& ask) = 0;
  virtual bool is_terminal() const { return false; }
};

class Files {
 public:
  virtual ~Files() = default;
  /// The whole file; nothing if there is none. @throws UsageError if it is there and cannot be read
  virtual std::optional<std::string> read(const std::string& path) = 0;
  /// Writes what `change` makes of the file, whole or not at all, mode 0600, its folder 0700. From the reading to the writing
  /// no other process that does the same comes between.
  virtual Result<void> edit(const std::string& path,
                            const std::function<std::string(const std::optional<std::string>&)>& change) = 0;
};

struct Process {
  Variables variables;
  Input& in;
  Output& out;
  Output& err;
  Files& files;
};

}  // namespace procedura::cli
