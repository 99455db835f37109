#include <procedura/conformance/correlation.hpp>

#include <algorithm>

namespace procedura::conformance {

using protocol::Status;

std::size_t Exchange::count(Status status) const {
  return static_cast<std::size_t>(
      std::count_if(frames.begin(), frames.end(), [status](const Frame& frame) { return frame.reply.status == status; }));
}

Exchange& Correlation::sent(std::string id, std::string cmd, protocol::Mode mode, protocol::Duration at) {
  Exchange& exchange = exchanges_.emplace_back();
  exchange.id = std::move(id);
  exchange.cmd = std::move(cmd);
  exchange.mode = mode;
  exchange.sent_at = at;
  return exchange;
}

void Correlation::text(std::string message, protocol::Duration at) {
  auto decoded = protocol::decode_reply(std::move(message));
  if (decoded.fault != protocol::DecodedReply::Fault::none) {
    if (Exchange* exchange = decoded.reply.id ? by_id(*decoded.reply.id) : nullptr) {
      exchange->faults.push_back(decoded.what);
    }
    unreadable_.push_back(std::move(decoded.what));
    return;
  }
  Frame frame{std::move(decoded.reply), at};
  if (Exchange* exchange = owner(frame.reply)) {
    take(*exchange, std::move(frame));
  } else {
    untargeted_.push_back(std::move(frame));
  }
}

void Correlation::binary(std::size_t bytes) {
  unreadable_.push_back("a binary message of " + std::to_string(bytes) + " bytes");
}

Exchange* Correlation::owner(const protocol::Reply& reply) {
  if (Exchange* exchange = reply.id ? by_id(*reply.id) : nullptr) {
    return exchange;
  }
  // Before its job_id is looked up: that may be one that another live job has already (ASY-4).
  if (Exchange* exchange = reply.status == Status::started && !reply.id ? oldest_waiting_async() : nullptr) {
    return exchange;
  }
  Exchange* exchange = reply.job_id ? by_job(*reply.job_id) : nullptr;
  if (exchange != nullptr && reply.id) {
    exchange->faults.push_back("a " + std::string{to_string(reply.status)} + " frame has the id " + *reply.id +
                               " where the request's was " + exchange->id);
  }
  return exchange;
}

// An id may be used again when its request is over: the live one, else the latest.
Exchange* Correlation::by_id(std::string_view id) {
  Exchange* latest = nullptr;
  for (Exchange& exchange : exchanges_) {
    if (exchange.id == id) {
      latest = &exchange;
      if (!exchange.over()) {
        break;
      }
    }
  }
  return latest;
}

// The live one, else the latest: job ids need to be unique among live jobs only (ASY-4).
Exchange* Correlation::by_job(std::string_view job_id) {
  Exchange* latest = nullptr;
  for (Exchange& exchange : exchanges_) {
    if (exchange.job_id == job_id) {
      latest = &exchange;
      if (!exchange.over()) {
        break;
      }
    }
  }
  return latest;
}

Exchange* Correlation::oldest_waiting_async() {
  const auto found = std::find_if(exchanges_.begin(), exchanges_.end(), [](const Exchange& exchange) {
    return exchange.mode == protocol::Mode::async && exchange.frames.empty();
  });
  return found == exchanges_.end() ? nullptr : &*found;
}

void Correlation::take(Exchange& exchange, Frame frame) {
  const auto& job_id = frame.reply.job_id;
  if (job_id && exchange.job_id && *job_id != *exchange.job_id) {
    exchange.faults.push_back("a " + std::string{to_string(frame.reply.status)} + " frame has the job_id " + *job_id +
                              " where this job was " + *exchange.job_id);
  } else if (job_id && !exchange.job_id) {
    exchange.job_id = job_id;
  }
  if (exchange.over()) {
    exchange.late.push_back(std::move(frame));
  } else if (frame.reply.status == Status::unknown) {
    exchange.strange += 1;
  } else {
    exchange.frames.push_back(std::move(frame));
  }
}

}  // namespace procedura::conformance
