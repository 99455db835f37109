#include "journal_file.hpp"

#include "engine/journal_text.hpp"

#include <cerrno>
#include <cstring>

namespace procedura::mock {
namespace {

constexpr std::chrono::milliseconds between_takes{200};
// A frame has so long to leave before its line is written without the time of that.
constexpr std::chrono::milliseconds time_to_leave{500};
// What may wait for the disk. Beyond it the journal's own bounds decide what is dropped.
constexpr std::size_t most_waiting = std::size_t{64} * 1024 * 1024;
constexpr std::size_t write_at = std::size_t{256} * 1024;

}  // namespace

JournalFile::JournalFile(GrowingFile& file) : file_{file}, writer_{[this] { write_all(); }} {}

JournalFile::~JournalFile() {
  {
    const std::lock_guard lock{mutex_};
    over_ = true;
  }
  changed_.notify_one();
  if (writer_.joinable()) writer_.join();
}

void JournalFile::take(const engine::Journal& journal, const protocol::Redactor& secrets, protocol::TimePoint now) {
  const bool pressed = journal.recorded() - taken_ > journal.bounds().entries / 4 ||
                       journal.bytes_recorded() - taken_bytes_ > journal.bounds().bytes / 16;
  if (journal.recorded() == taken_ || (now < next_take_ && !pressed)) return;
  next_take_ = now + between_takes;
  {
    const std::lock_guard lock{mutex_};
    if (waiting_bytes_ > most_waiting || !problem_.empty()) return;
  }
  taken_bytes_ = journal.bytes_recorded();
  hand_over(journal.unredacted_since(taken_, pressed ? protocol::TimePoint::max() : now - time_to_leave), secrets);
}

void JournalFile::hand_over(engine::JournalPage page, const protocol::Redactor& secrets) {
  if (page.entries.empty() && page.missed == 0) return;
  Piece piece{std::move(page.entries), secrets, taken_ + 1, page.missed, 0, {}};
  taken_ = page.next;
  missed_ += page.missed;
  for (const auto& entry : piece.entries) piece.bytes += sizeof entry + entry.frame.size();
  {
    const std::lock_guard lock{mutex_};
    waiting_bytes_ += piece.bytes;
    pieces_.push_back(std::move(piece));
  }
  changed_.notify_one();
}

bool JournalFile::finish(const engine::Journal& journal, const protocol::Redactor& secrets) {
  hand_over(journal.unredacted_since(taken_), secrets);
  Piece last;
  engine::append_ndjson_end(last.end, journal.recorded(), missed_, journal.lateness().summary());
  {
    const std::lock_guard lock{mutex_};
    pieces_.push_back(std::move(last));
    over_ = true;
  }
  changed_.notify_one();
  writer_.join();
  if (problem_.empty() && !file_.close()) problem_ = std::strerror(errno);
  return problem_.empty();
}

std::string JournalFile::new_problem() {
  const std::lock_guard lock{mutex_};
  if (told_ || problem_.empty()) return {};
  told_ = true;
  return problem_;
}

void JournalFile::write_all() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return over_ || !pieces_.empty(); });
    if (pieces_.empty()) return;
    Piece piece = std::move(pieces_.front());
    pieces_.pop_front();
    const bool lost = !problem_.empty();
    lock.unlock();
    std::string problem = lost ? std::string{} : write(piece);
    lock.lock();
    waiting_bytes_ -= piece.bytes;
    if (!problem.empty()) problem_ = std::move(problem);
  }
}

std::string JournalFile::write(Piece& piece) {
  std::string lines;
  const auto flush = [&] {
    const bool written = file_.append(lines);
    lines.clear();
    return written;
  };
  if (piece.missed > 0) engine::append_ndjson_gap(lines, piece.first_missed, piece.missed);
  for (auto& entry : piece.entries) {
    engine::redact(entry, piece.secrets);
    engine::append_ndjson(lines, entry);
    if (lines.size() > write_at && !flush()) return std::strerror(errno);
  }
  lines += piece.end;
  return flush() ? std::string{} : std::strerror(errno);
}

}  // namespace procedura::mock
