#include <procedura/protocol/agent_session.hpp>

namespace procedura::protocol {
namespace {

Refusal untargeted(std::string_view code, std::string message, std::string_view ref = {}) {
  Refusal refusal{code, std::move(message), {}, std::string{ref}};
  append_untargeted_error(refusal.frame, code, refusal.message, ref);
  return refusal;
}

}  // namespace

std::string_view describe(ReplyOrder order) noexcept {
  switch (order) {
    case ReplyOrder::in_order:
      return "in order";
    case ReplyOrder::not_live:
      return "the request is not live, or has had its terminal frame";
    case ReplyOrder::repeated_start:
      return "a second ack or started";
    case ReplyOrder::wrong_start:
      return "an ack for an async request, or a started for a sync one";
    case ReplyOrder::before_start:
      return "a running or finished frame before any ack or started";
  }
  return "out of order";
}

std::variant<Request, Refusal> AgentSession::text(std::string_view message) {
  ++counters_.frames;
  auto decoded = decode_request(message, limits_);
  if (auto* bad = std::get_if<BadRequest>(&decoded)) {
    if (bad->kind == BadRequest::Kind::frame) {
      ++counters_.bad_frames;
      return untargeted("BAD_FRAME", std::move(bad->message));
    }
    ++counters_.bad_requests;
    if (!bad->id) return untargeted("BAD_REQUEST", std::move(bad->message));
    // Targeted, the error would end the live request of that id, which has done nothing wrong.
    if (live(*bad->id)) return untargeted("BAD_REQUEST", std::move(bad->message), *bad->id);
    Refusal refusal{"BAD_REQUEST", std::move(bad->message), {}, *bad->id};
    append_error(refusal.frame, {*bad->id, {}}, {true, false}, refusal.code, refusal.message);
    return refusal;
  }
  auto& request = std::get<Request>(decoded);
  const auto [place, added] = live_.try_emplace(request.id, Exchange{request.mode, false});
  if (!added) {
    ++counters_.duplicate_ids;
    return untargeted("DUPLICATE_ID", "a request with this id is live on this connection", request.id);
  }
  ++counters_.accepted;
  return std::move(request);
}

Refusal AgentSession::binary() {
  ++counters_.frames;
  ++counters_.bad_frames;
  return untargeted("BAD_FRAME", "binary messages are not taken: send one JSON object per text message");
}

ReplyOrder AgentSession::reply(std::string_view id, Status status) {
  const auto found = live_.find(id);
  if (found == live_.end()) return ReplyOrder::not_live;
  Exchange& exchange = found->second;
  switch (status) {
    case Status::ack:
    case Status::started: {
      const bool fits = (status == Status::ack) == (exchange.mode == Mode::sync);
      const ReplyOrder order = exchange.begun ? ReplyOrder::repeated_start
                               : fits         ? ReplyOrder::in_order
                                              : ReplyOrder::wrong_start;
      exchange.begun = true;
      return order;
    }
    case Status::running:
      return exchange.begun ? ReplyOrder::in_order : ReplyOrder::before_start;
    case Status::finished: {
      const ReplyOrder order = exchange.begun ? ReplyOrder::in_order : ReplyOrder::before_start;
      live_.erase(found);
      return order;
    }
    case Status::error:
      live_.erase(found);
      return ReplyOrder::in_order;  // may come at any time (ERR-1)
    case Status::unknown:
      break;
  }
  return ReplyOrder::in_order;
}

void AgentSession::forget(std::string_view id) {
  if (const auto found = live_.find(id); found != live_.end()) live_.erase(found);
}

bool AgentSession::live(std::string_view id) const {
  return live_.find(id) != live_.end();
}

}  // namespace procedura::protocol
