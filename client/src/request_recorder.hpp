#pragma once

#include "connection.hpp"

#include <procedura/event_log.hpp>
#include <procedura/protocol/redaction.hpp>

#include <memory>
#include <string>
#include <vector>

namespace procedura::detail {

/// What becomes of one request, as it comes. Pure.
class RequestStory {
 public:
  /// `begun` has what is known at the submission. `args` are kept only to be found again in what the agent says.
  RequestStory(RequestRecord begun, std::vector<std::string> args, protocol::TimePoint now)
      : record_{std::move(begun)}, args_{std::move(args)}, begun_{now} {
    record_.args = args_.size();
  }

  void sent(std::string_view id, std::size_t bytes);
  void frame(protocol::TimePoint now, std::size_t bytes);
  /// The record, with no secret in it.
  RequestRecord finished(protocol::TimePoint now, const Result<RunResult>& result, const protocol::Redactor& secrets);

 private:
  RequestRecord record_;
  std::vector<std::string> args_;
  protocol::TimePoint begun_;
};

/// Stands before the sink of an exchange that is observed: tells `observer` about it at its end, and passes everything on.
class RequestRecorder final : public ExchangeSink {
 public:
  /// `next` may be null.
  RequestRecorder(RequestObserver observer, RequestRecord begun, std::vector<std::string> args,
                  std::shared_ptr<ExchangeSink> next);

  void on_sent(const std::shared_ptr<Connection>& over, std::string_view id, std::size_t bytes) override;
  bool on_event(Event event) override;
  void on_finish(Result<RunResult> result) override;
  void forget() override;

 private:
  RequestObserver observer_;
  RequestStory story_;
  std::shared_ptr<ExchangeSink> next_;
  std::weak_ptr<Connection> over_;
};

}  // namespace procedura::detail
