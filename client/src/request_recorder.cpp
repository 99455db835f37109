#include "request_recorder.hpp"

#include <chrono>
#include <utility>

namespace procedura::detail {
namespace {

/// What of an argument an error message must not repeat: its value. The name of an option is none.
std::string_view value_of(std::string_view arg) {
  if (!arg.starts_with('-')) return arg;
  const auto equals = arg.find('=');
  return equals == std::string_view::npos ? std::string_view{} : arg.substr(equals + 1);
}

bool is_agents(const Result<RunResult>& result) {
  return result || result.error().code == errc::agent_error;
}

}  // namespace

void RequestStory::sent(std::string_view id, std::size_t bytes) {
  record_.id = id;
  record_.request_bytes = bytes;
}

void RequestStory::frame(protocol::TimePoint now, std::size_t bytes) {
  if (!record_.ack) record_.ack = now - begun_;
  ++record_.frames;
  record_.response_bytes += bytes;
}

RequestRecord RequestStory::finished(protocol::TimePoint now, const Result<RunResult>& result,
                                     const protocol::Redactor& secrets) {
  if (is_agents(result)) frame(now, result ? result->event().text().size() : result.error().frame.size());
  record_.end = now - begun_;
  if (const auto& job = result ? result->job_id() : result.error().job_id) record_.job_id = secrets(*job);
  if (!result) {
    const Failure& failure = result.error();
    protocol::Redactor values;
    for (const std::string& arg : args_) values.add(value_of(arg));
    record_.code = failure.code;
    record_.error_code = values(secrets(failure.agent_code));
    record_.error_message = values(secrets(failure.message));
  }
  return std::move(record_);
}

RequestRecorder::RequestRecorder(RequestObserver observer, RequestRecord begun, std::vector<std::string> args,
                                 std::shared_ptr<ExchangeSink> next)
    : observer_{std::move(observer)},
      story_{std::move(begun), std::move(args), std::chrono::steady_clock::now()},
      next_{std::move(next)} {}

void RequestRecorder::on_sent(const std::shared_ptr<Connection>& over, std::string_view id, std::size_t bytes) {
  over_ = over;
  story_.sent(id, bytes);
}

bool RequestRecorder::on_event(Event event) {
  story_.frame(std::chrono::steady_clock::now(), event.text().size());
  return !next_ || next_->on_event(std::move(event));
}

void RequestRecorder::on_finish(Result<RunResult> result) {
  const auto over = over_.lock();
  const RequestRecord record =
      story_.finished(std::chrono::steady_clock::now(), result, over ? over->secrets() : protocol::Redactor{});
  observer_(record);
  if (next_) next_->on_finish(std::move(result));
}

void RequestRecorder::forget() {
  if (next_) next_->forget();
}

}  // namespace procedura::detail
