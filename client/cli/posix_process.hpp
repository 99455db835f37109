#pragma once

#include "process.hpp"

#include <span>
#include <string>

/// All of the program that is POSIX and not C++ (a port is this file). Nothing here decides anything.
namespace procedura::cli {

class FileOutput : public Output {
 public:
  explicit FileOutput(int descriptor) noexcept : descriptor_{descriptor} {}
  bool write(std::string_view text) override;
  bool interrupted() const override;
  std::string trouble() const override;
  bool reader_gone() const override;
  bool is_terminal() const override;
  bool in_foreground() const override;
  std::size_t width() const override;

 private:
  int descriptor_;
  int error_ = 0;
};

class StandardInput : public Input {
 public:
  std::optional<std::string> read_line() override;
  std::optional<std::string> read_hidden_line(const std::function<void()>& ask) override;
  bool is_terminal() const override;
};

class DiskFiles : public Files {
 public:
  std::optional<std::string> read(const std::string& path) override;
  Result<void> edit(const std::string& path,
                    const std::function<std::string(const std::optional<std::string>&)>& change) override;
};

/// The process's own environment.
Variables process_variables();

/// Gives every closed standard stream something harmless, so that no socket gets its number and no output goes to an agent;
/// and turns a reader that went away into a failed write.
void secure_standard_streams();

/// While it lives, Ctrl-Z first erases the status line of stderr, if one is drawn, so that the shell's prompt does not follow
/// it.
class SuspendGuard {
 public:
  SuspendGuard();
  ~SuspendGuard();
  SuspendGuard(const SuspendGuard&) = delete;
  SuspendGuard& operator=(const SuspendGuard&) = delete;

  void line_is_drawn(bool drawn);
};

/// True when whoever started us wants this signal to do nothing (`nohup`, `&` in a script): it should stay so.
bool is_ignored(int signal);

/// Blots out the words at these places of argv, so that a process list does not show them.
void blot_out(char** argv, std::span<const std::size_t> places);

}  // namespace procedura::cli
