#include "private_file.hpp"

#include <procedura/event_log.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

namespace procedura {
namespace {

/// As much of a text as a person reads in a line. Seven texts, of which each byte may be escaped, leave a record far below
/// `longest_record`.
constexpr std::size_t text_limit = 500;

/// Without the locale's help, which may write a comma into a number.
std::string padded(std::int64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

std::string utc(std::chrono::system_clock::time_point at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto ms = floor<milliseconds>(at - day).count();
  return padded(int{date.year()}, 4) + "-" + padded(unsigned{date.month()}, 2) + "-" + padded(unsigned{date.day()}, 2) + "T" +
         padded(ms / 3'600'000, 2) + ":" + padded(ms / 60'000 % 60, 2) + ":" + padded(ms / 1000 % 60, 2) + "." +
         padded(ms % 1000, 3) + "Z";
}

/// Milliseconds, to the microsecond.
std::string in_ms(protocol::Duration duration) {
  const std::int64_t us = std::chrono::floor<std::chrono::microseconds>(duration).count();
  return std::to_string(us / 1000) + "." + padded(us % 1000, 3);
}

/// A line of a record, member by member.
class Line {
 public:
  void raw(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_.append(name).append("\":").append(value);
  }
  void number(std::string_view name, std::size_t value) { raw(name, std::to_string(value)); }
  void text(std::string_view name, std::string_view value) { raw(name, quoted(value)); }
  std::string end() && { return std::move(text_) + "}"; }

  static std::string quoted(std::string_view value) {
    std::string out;
    const std::string shown = protocol::printable(protocol::excerpt(value, text_limit));
    protocol::append_string(out, protocol::excerpt(shown, text_limit));  // what was escaped for the terminal is longer
    return out;
  }

 private:
  std::string text_;
};

std::string error_of(const RequestRecord& record) {
  if (record.code == errc::ok) return "null";
  Line line;
  line.text("by", record.code == errc::agent_error ? "agent" : "client");
  line.text("code", record.error_code);
  line.text("message", record.error_message);
  return std::move(line).end();
}

}  // namespace

std::string to_ndjson(const RequestRecord& record) {
  Line line;
  line.text("at", utc(record.at));
  line.raw("id", record.id.empty() ? "null" : Line::quoted(record.id));
  line.raw("job_id", record.job_id ? Line::quoted(*record.job_id) : "null");
  line.text("origin", record.origin);
  line.text("module", record.module);
  line.text("mode", protocol::to_string(record.mode));
  line.number("args", record.args);
  line.text("status", record.code == errc::ok ? "finished" : "error");
  line.raw("ack_ms", record.ack ? in_ms(*record.ack) : "null");
  line.raw("final_ms", in_ms(record.end));
  line.number("request_bytes", record.request_bytes);
  line.number("response_bytes", record.response_bytes);
  line.number("frames", record.frames);
  line.raw("error", error_of(record));
  return std::move(line).end() + "\n";
}

EventLog::EventLog(std::unique_ptr<detail::AppendedFile> file) noexcept : file_{std::move(file)} {}
EventLog::~EventLog() = default;

Result<std::shared_ptr<EventLog>> EventLog::open(const std::string& path) {
  auto file = detail::AppendedFile::open(path);
  if (!file) return file.error();
  return std::shared_ptr<EventLog>{new EventLog{std::move(*file)}};
}

Result<void> EventLog::write(const RequestRecord& record) {
  return file_->append(to_ndjson(record));
}

RequestObserver EventLog::observer(std::shared_ptr<EventLog> log, std::function<void(std::string_view)> complain) {
  auto told = std::make_shared<std::atomic<bool>>(false);  // by any copy of the observer
  return [log = std::move(log), complain = std::move(complain), told = std::move(told)](const RequestRecord& record) {
    const auto written = log->write(record);
    if (written || told->exchange(true) || !complain) return;
    complain(protocol::printable(written.error().message + "; requests go on, records of them are lost"));
  };
}

}  // namespace procedura
