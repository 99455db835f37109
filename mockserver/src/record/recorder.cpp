#include "record/recorder.hpp"

#include "record/json_tree.hpp"

#include <algorithm>

namespace procedura::mock::record {

using protocol::Reply;
using protocol::Status;

Recorder::ConnectionId Recorder::opened(const Handshake& handshake) {
  for (const auto& token : handshake.tokens) outside_.learn(token);
  outside_.learn_target(handshake.target);
  offered_ += handshake.offered ? 1U : 0U;
  selected_ += handshake.selected ? 1U : 0U;
  const ConnectionId id = ++counts_.connections;
  connections_.try_emplace(id);
  return id;
}

void Recorder::refused(const Handshake& handshake) {
  for (const auto& token : handshake.tokens) outside_.learn(token);
  outside_.learn_target(handshake.target);
  ++counts_.refused;
}

// Every message costs a little more than its bytes.
bool Recorder::keep(std::size_t bytes) {
  constexpr std::size_t overhead = 256;
  full_ = full_ || bytes + overhead > options_.max_bytes - bytes_;
  if (full_) {
    ++counts_.unrecorded;
  } else {
    bytes_ += bytes + overhead;
  }
  return !full_;
}

// The agent may repeat it later, in an error for example.
void Recorder::learn_outside(std::string_view message) {
  if (const auto tree = read_json(message)) {
    outside_.learn(*tree);
  } else {
    outside_.learn_spelt(message);
  }
}

void Recorder::client_text(TimePoint now, ConnectionId id, std::string_view text) {
  Connection& connection = connections_.at(id);
  auto decoded = protocol::decode_request(text);
  auto* request = std::get_if<protocol::Request>(&decoded);
  learn_outside(text);  // a request may have more members than are kept
  if (!keep(text.size())) {
    if (request != nullptr) outside_.learn(*request);
    return;
  }
  const auto same = request != nullptr ? connection.by_id.find(request->id) : connection.by_id.end();
  if (request == nullptr || (same != connection.by_id.end() && !exchanges_[same->second].over)) {
    if (request != nullptr) outside_.learn(*request);
    ++counts_.no_requests;
    ++connection.refusals_due;
    return;
  }
  protocol::strip_module_name(*request);
  const Index index = exchanges_.size();
  Exchange exchange;
  exchange.connection = id;
  exchange.begun = now;
  exchange.frames = std::exchange(connection.early, {});
  exchange.request = std::move(*request);
  connection.by_id.insert_or_assign(exchange.request.id, index);
  if (exchange.request.mode == protocol::Mode::async) connection.waiting.push_back(index);
  connection.live.emplace(0, index);
  connection.latest = index;
  exchanges_.push_back(std::move(exchange));
  ++counts_.requests;
}

void Recorder::client_binary(ConnectionId id, std::string_view bytes) {
  learn_outside(bytes);
  ++counts_.no_requests;
  ++connections_.at(id).refusals_due;
}

void Recorder::agent_text(TimePoint now, ConnectionId id, std::string_view text) {
  Connection& connection = connections_.at(id);
  if (!keep(text.size())) {
    learn_outside(text);
    return;
  }
  const auto decoded = protocol::decode_reply(std::string{text});
  const Reply& reply = decoded.reply;
  const auto owner = owner_of(connection, reply);
  const bool live = owner && !exchanges_[*owner].over;
  if (!live && connection.refusals_due > 0 && reply.status == Status::error) {
    // The mock answers what is no request by itself.
    --connection.refusals_due;
    return;
  }
  owner ? add(now, connection, *owner, reply) : add_unowned(now, connection, RecordedFrame::Kind::text, text);
}

// ASY-2, ASY-3, END-1. A frame with a fault in it may still have told its id.
std::optional<Recorder::Index> Recorder::owner_of(const Connection& connection, const Reply& reply) const {
  const auto find = [](const auto& map, const std::optional<std::string>& key) {
    const auto found = key ? map.find(*key) : map.end();
    return found == map.end() ? std::nullopt : std::optional{found->second};
  };
  const auto by_id = find(connection.by_id, reply.id);
  const auto by_job = find(connection.by_job, reply.job_id);
  if (by_id && !exchanges_[*by_id].over) return by_id;
  if (by_job && !exchanges_[*by_job].over) return by_job;
  if (reply.status == Status::started && !reply.id && reply.job_id && !connection.waiting.empty()) {
    return connection.waiting.front();
  }
  return by_id ? by_id : by_job;
}

void Recorder::add(TimePoint now, Connection& connection, Index index, const Reply& reply) {
  Exchange& exchange = exchanges_[index];
  if (exchange.job_id.empty() && reply.job_id) {
    exchange.job_id = *reply.job_id;
    connection.by_job.insert_or_assign(*reply.job_id, index);
  }
  exchange.frames.push_back({RecordedFrame::Kind::text, now - exchange.begun, reply.text});
  ++counts_.frames;
  if (reply.status != Status::unknown) std::erase(connection.waiting, index);  // RES-1: others are no answer
  if (connection.live.erase({exchange.activity, index}) == 0) return;
  exchange.activity = ++activity_;
  exchange.over = protocol::is_terminal(reply.status);
  if (!exchange.over) connection.live.emplace(exchange.activity, index);
}

void Recorder::agent_binary(TimePoint now, ConnectionId id, std::string_view bytes) {
  if (keep(bytes.size())) add_unowned(now, connections_.at(id), RecordedFrame::Kind::binary, bytes);
}

void Recorder::add_unowned(TimePoint now, Connection& connection, RecordedFrame::Kind kind, std::string_view message) {
  if (!connection.latest) {
    ++counts_.early;
    connection.early.push_back({kind, {}, std::string{message}});
    return;
  }
  const bool answered = !connection.live.empty() && connection.live.rbegin()->first > 0;
  Exchange& exchange = exchanges_[answered ? connection.live.rbegin()->second : *connection.latest];
  exchange.frames.push_back({kind, now - exchange.begun, std::string{message}});
  ++counts_.frames;
}

void Recorder::agent_closed(TimePoint now, ConnectionId id, std::uint16_t code, std::string_view reason) {
  Connection& connection = connections_.at(id);
  if (!connection.live.empty()) {
    Exchange& exchange = exchanges_[connection.live.rbegin()->second];
    exchange.end = RecordedEnd{now - exchange.begun, code, std::string{reason}};
  } else {
    ++counts_.idle_closes;
  }
  client_closed(id);
}

void Recorder::client_closed(ConnectionId id) {
  const auto over = connections_.find(id);
  const auto never_asked = over->second.early.size();
  counts_.before_request += never_asked;
  counts_.early -= never_asked;
  connections_.erase(over);
}

}  // namespace procedura::mock::record
