#pragma once

#include "engine/journal.hpp"
#include "output_file.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace procedura::mock {

/// Writes the journal to a file while the run goes on. The agent's thread hands entries over as they are; redaction and the
/// disk cost a thread of ours. A disk that is too slow makes us take fewer than there are: the gap has a line in the file.
class JournalFile {
 public:
  /// `file` is open, and outlives it.
  explicit JournalFile(GrowingFile& file);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  /// Takes what is due: after each input, and now and then besides. Cheap when nothing is. On the agent's thread. The secrets
  /// are copied, since a reload brings more.
  void take(const engine::Journal& journal, const protocol::Redactor& secrets, protocol::TimePoint now);
  /// Takes the rest, writes it and the last line, and waits for that. False: not everything that was taken is in
  /// the file; `new_problem` says why, if it has not yet.
  bool finish(const engine::Journal& journal, const protocol::Redactor& secrets);
  /// Why the file cannot be written any more: once, as soon as that is known. Else empty.
  std::string new_problem();

 private:
  struct Piece {
    std::vector<JournalEntry> entries;
    protocol::Redactor secrets;
    std::uint64_t first_missed = 0;
    std::uint64_t missed = 0;
    std::size_t bytes = 0;
    std::string end;  // the last line, once that is known
  };
  void hand_over(engine::JournalPage page, const protocol::Redactor& secrets);
  void write_all();
  std::string write(Piece& piece);

  GrowingFile& file_;

  // Of the agent's thread.
  std::uint64_t taken_ = 0;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t missed_ = 0;
  protocol::TimePoint next_take_{};
  bool told_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  std::size_t waiting_bytes_ = 0;
  bool over_ = false;
  std::string problem_;

  std::thread writer_;
};

}  // namespace procedura::mock
