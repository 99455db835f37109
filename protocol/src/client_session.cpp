#include "deadline_queue.hpp"
#include "exchange_table.hpp"

#include <procedura/protocol/client_session.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::protocol {

class ClientSession::Impl {
 public:
  explicit Impl(Options options)
      : limits{options.limits}, table{options.first_id, options.remembered_jobs}, max_waiting_{options.max_waiting} {}

  ExchangeKey submit(TimePoint now, Submission&& submission, ClientActions& out, std::size_t backlog);
  void opened(TimePoint now, ClientActions& out);
  void written(TimePoint now, ClientActions& out);
  void text(TimePoint now, std::string&& message, ClientActions& out);
  void timer(TimePoint now, ClientActions& out);
  void fail(ExchangeKey key, errc code, std::string_view message, ClientActions& out, std::uint16_t close_code = 0);
  void cancel(ExchangeKey key, errc why, ClientActions& out);
  void closed(const CloseInfo& info, ClientActions& out);

  Limits limits;
  ExchangeTable table;
  ClientCounters counters;

 private:
  void send(TimePoint now, ExchangeKey key, Exchange& exchange, ClientActions& out);
  std::optional<ExchangeKey> owner(const Reply& reply) const;
  void broken(DecodedReply&& decoded, ClientActions& out);
  void orphan(Reply&& reply, TimePoint now, ClientActions& out);
  void targeted(ExchangeKey key, Reply&& reply, TimePoint now, ClientActions& out);
  void finish(ExchangeKey key, Reply&& reply, ClientActions& out);
  void watch(ExchangeKey key, Exchange& exchange);
  void arm(ClientActions& out);

  bool is_open_ = false;
  std::size_t max_waiting_;
  std::optional<CloseInfo> closed_;     // set once, at the end
  std::size_t unsent_bytes_ = 0;        // of live requests that wait for the connection to open
  std::vector<ExchangeKey> unwritten_;  // handed out to be sent, and not known to have left
  StartQueue starting_;
  DeadlineQueue deadlines_;
  std::optional<TimePoint> armed_;
  std::string last_untargeted_error_;  // quoted by an ACK_TIMEOUT of a request sent before it
  TimePoint last_untargeted_at_{};
};

namespace {

/// Bytes of an untargeted error that are kept to be quoted: as much as a person reads.
constexpr std::size_t quoted_at_most = 500;

/// Why a submission cannot go on the wire; nothing if it can.
std::optional<std::string> refusal(const Submission& submission) {
  if (submission.cmd.empty()) return "the module's name is empty";
  if (!is_utf8(submission.cmd)) return "the module's name is not UTF-8";
  for (std::size_t i = 0; i < submission.args.size(); ++i) {
    if (!is_utf8(submission.args[i])) return "argument " + std::to_string(i + 1) + " is not UTF-8";
  }
  return std::nullopt;
}

std::string job_note(const Exchange& exchange) {
  return exchange.job_id ? "; job " + *exchange.job_id + " may still run" : std::string{};
}

// What a transport says of these is a whole sentence, with the agent's address: ours before it would say it twice.
bool never_open(errc cause) noexcept {
  return cause == errc::connect_failed || cause == errc::connect_timeout || cause == errc::handshake_refused ||
         cause == errc::tls_failed;
}

std::string lost_message(const CloseInfo& info, const Exchange& exchange) {
  if (never_open(info.cause) && !info.detail.empty()) return info.detail;
  std::string message{describe(info.cause)};
  if (info.close_code != 0) message += " (close code " + std::to_string(info.close_code) + ")";
  if (!info.detail.empty()) message += ": " + info.detail;
  if (exchange.sent && info.cause == errc::connection_lost) {
    message += exchange.job_id ? job_note(exchange) : "; `" + exchange.cmd + "` may still run";
  }
  return message;
}

}  // namespace

ExchangeKey ClientSession::Impl::submit(TimePoint now, Submission&& submission, ClientActions& out, std::size_t backlog) {
  const std::optional<std::string> refused = refusal(submission);
  Exchange exchange;
  exchange.mode = submission.mode;
  exchange.deadlines = submission.deadlines;
  exchange.submitted = exchange.last = now;
  exchange.cmd = std::move(submission.cmd);
  const ExchangeKey key = table.add(std::move(exchange));
  if (refused) {
    fail(key, errc::invalid_request, *refused, out);
    return key;
  }
  Exchange& live = *table.find(key);
  append_request(live.unsent, live.id, live.cmd, submission.args, live.mode, submission.style);
  if (live.unsent.size() > limits.max_message) {
    fail(key, errc::message_too_big,
         "the request has " + std::to_string(live.unsent.size()) + " bytes, the limit is " + std::to_string(limits.max_message),
         out);
  } else if (closed_) {
    fail(key, closed_->cause, lost_message(*closed_, live), out, closed_->close_code);
  } else if (unsent_bytes_ + backlog >= max_waiting_) {
    fail(key, errc::send_queue_full,
         "`" + live.cmd + "` was not sent: " + std::to_string(unsent_bytes_ + backlog) +
             " bytes of earlier requests wait for the agent to read them",
         out);
  } else if (is_open_) {
    send(now, key, live, out);
  } else {
    unsent_bytes_ += live.unsent.size();
    live.queues = true;
    watch(key, live);
  }
  arm(out);
  return key;
}

void ClientSession::Impl::send(TimePoint now, ExchangeKey key, Exchange& exchange, ClientActions& out) {
  exchange.sent = true;
  exchange.queues = false;
  exchange.last = now;
  if (exchange.mode == Mode::async) starting_.add(key);
  unwritten_.push_back(key);
  out.emplace_back(action::Send{std::move(exchange.unsent), key});
  exchange.unsent.clear();
  watch(key, exchange);
}

void ClientSession::Impl::opened(TimePoint now, ClientActions& out) {
  if (closed_) return;
  is_open_ = true;
  for (const ExchangeKey key : table.keys_in_order()) {
    Exchange& exchange = *table.find(key);
    if (exchange.queues) send(now, key, exchange, out);
  }
  unsent_bytes_ = 0;
  arm(out);
}

void ClientSession::Impl::written(TimePoint now, ClientActions& out) {
  // A big request on a slow line may take its time to leave; the agent's time begins when it has left. The first deadline,
  // counted from the hand-over, is pushed back and not lifted, so that a peer that reads nothing is noticed too.
  for (const ExchangeKey key : unwritten_) {
    Exchange* exchange = table.find(key);
    if (exchange != nullptr && !exchange->heard) exchange->last = now;
  }
  unwritten_.clear();
  arm(out);
}

void ClientSession::Impl::text(TimePoint now, std::string&& message, ClientActions& out) {
  ++counters.frames;
  DecodedReply decoded = decode_reply(std::move(message), limits);
  if (decoded.fault != DecodedReply::Fault::none) {
    broken(std::move(decoded), out);
  } else if (const auto key = owner(decoded.reply)) {
    targeted(*key, std::move(decoded.reply), now, out);
  } else {
    orphan(std::move(decoded.reply), now, out);
  }
  arm(out);
}

/// Whose frame this is: the live exchange of its `id`, else of its `job_id`, else, for a `started` without an `id`, the oldest
/// that waits.
std::optional<ExchangeKey> ClientSession::Impl::owner(const Reply& reply) const {
  if (reply.id) {
    const auto key = table.issued(*reply.id);
    if (key && table.find(*key) != nullptr) return key;
  }
  if (reply.job_id) {
    if (const auto key = table.live_job(*reply.job_id)) return key;
  }
  if (!reply.id && reply.status == Status::started && !starting_.empty()) return starting_.oldest();
  return std::nullopt;
}

void ClientSession::Impl::broken(DecodedReply&& decoded, ClientActions& out) {
  ++counters.malformed;
  decoded.reply.status = Status::unknown;
  const auto key = owner(decoded.reply);
  if (!key) return;
  fail(*key, errc::protocol_error, "the agent sent a broken frame for this request: " + decoded.what, out);
  starting_.remove(*key);
}

void ClientSession::Impl::orphan(Reply&& reply, TimePoint now, ClientActions& out) {
  const auto issued = reply.id ? table.issued(*reply.id) : std::nullopt;
  if (issued) {
    ++counters.late;
    // An agent that answers with the id will not send this one's `started` without.
    if (reply.status != Status::unknown) starting_.remove(*issued);
    if (reply.job_id && !table.live_job(*reply.job_id)) table.remember_ended(*reply.job_id);
    return;
  }
  if (reply.job_id && table.ended_job(*reply.job_id)) {
    ++counters.late;
    return;
  }
  const bool names_nothing = !reply.id && !reply.job_id;
  ++(names_nothing ? counters.untargeted : counters.foreign);
  if (names_nothing && reply.status == Status::error) {
    const std::string code = reply.code();
    last_untargeted_error_ = excerpt(code.empty() ? reply.message() : code + ": " + reply.message(), quoted_at_most);
    last_untargeted_at_ = now;
  }
  out.emplace_back(action::Untargeted{std::move(reply)});
}

void ClientSession::Impl::targeted(ExchangeKey key, Reply&& reply, TimePoint now, ClientActions& out) {
  Exchange* exchange = table.find(key);
  if (exchange == nullptr) {
    // The place of a request that was given up: this `started` was its own, and so is what follows it.
    ++counters.late;
    starting_.remove(key);
    if (reply.job_id) table.remember_ended(*reply.job_id);
    return;
  }
  // A status unknown to us is a sign of life, but not what answers the request: its `started` may still come without an id.
  const bool answers = reply.status != Status::unknown;
  if (answers && !exchange->begun && exchange->mode == Mode::async) starting_.remove(key);
  exchange->heard = true;
  exchange->last = now;
  if (reply.job_id && !exchange->job_id) table.learn_job(key, *reply.job_id);

  switch (reply.status) {
    case Status::unknown:
      ++counters.unknown_status;
      break;
    case Status::ack:
    case Status::started:
      if (exchange->begun || (reply.status == Status::started && exchange->mode == Mode::sync)) ++counters.out_of_order;
      exchange->begun = true;
      out.emplace_back(action::Deliver{key, std::move(reply)});
      break;
    case Status::running:
      out.emplace_back(action::Deliver{key, std::move(reply)});
      break;
    case Status::finished:
    case Status::error:
      finish(key, std::move(reply), out);
      return;
  }
  watch(key, *exchange);
}

void ClientSession::Impl::finish(ExchangeKey key, Reply&& reply, ClientActions& out) {
  if (reply.status == Status::finished && !reply.result_span.present()) ++counters.no_result;
  std::optional<Exchange> exchange = table.remove(key);
  Outcome outcome;
  outcome.code = reply.status == Status::finished ? errc::ok : errc::agent_error;
  outcome.reply = std::move(reply);
  outcome.job_id = std::move(exchange->job_id);
  out.emplace_back(action::Finish{key, std::move(outcome)});
}

void ClientSession::Impl::fail(ExchangeKey key, errc code, std::string_view message, ClientActions& out,
                               std::uint16_t close_code) {
  // Its place among those that wait for a `started`, if it has one, stays taken.
  const std::optional<Exchange> exchange = table.remove(key);
  if (!exchange) return;
  if (exchange->queues) unsent_bytes_ -= exchange->unsent.size();
  out.emplace_back(action::Finish{key, local_failure(*exchange, code, printable(message), close_code)});
}

void ClientSession::Impl::cancel(ExchangeKey key, errc why, ClientActions& out) {
  const Exchange* exchange = table.find(key);
  if (exchange == nullptr) return;
  std::string message = "gave up on `" + exchange->cmd + "`";
  if (why == errc::slow_consumer) message = "the events of `" + exchange->cmd + "` were not taken in time";
  if (!exchange->sent) {
    message += ", which was not sent yet";
  } else {
    message += exchange->job_id ? job_note(*exchange) : "; it may still run";
  }
  fail(key, why, message, out);
  arm(out);
}

void ClientSession::Impl::timer(TimePoint now, ClientActions& out) {
  armed_.reset();
  while (!deadlines_.empty() && deadlines_.earliest() <= now) {
    const DeadlineQueue::Entry entry = deadlines_.pop();
    Exchange* exchange = table.find(entry.key);
    if (exchange == nullptr || exchange->queued != entry.at) continue;
    exchange->queued.reset();
    const auto due = next_due(*exchange);
    if (due && due->at <= now) {
      const bool quote = due->code == errc::ack_timeout && last_untargeted_at_ >= exchange->last;
      fail(entry.key, due->code, expiry_message(*exchange, due->code, quote ? last_untargeted_error_ : std::string_view{}),
           out);
    } else {
      watch(entry.key, *exchange);
    }
  }
  arm(out);
}

void ClientSession::Impl::closed(const CloseInfo& info, ClientActions& out) {
  if (closed_) return;
  closed_ = info;
  is_open_ = false;
  for (const ExchangeKey key : table.keys_in_order()) {
    fail(key, info.cause, lost_message(info, *table.find(key)), out, info.close_code);
  }
}

/// Enters the exchange's next deadline, if it is earlier than what is entered already.
void ClientSession::Impl::watch(ExchangeKey key, Exchange& exchange) {
  const auto due = next_due(exchange);
  if (!due || (exchange.queued && *exchange.queued <= due->at)) return;
  exchange.queued = due->at;
  deadlines_.push({due->at, key});
  if (deadlines_.size() > 64 && deadlines_.size() > 4 * table.size()) {
    deadlines_.sweep([this](const DeadlineQueue::Entry& entry) {
      const Exchange* live = table.find(entry.key);
      return live != nullptr && live->queued == entry.at;
    });
  }
}

void ClientSession::Impl::arm(ClientActions& out) {
  if (closed_ || deadlines_.empty()) return;
  const TimePoint earliest = deadlines_.earliest();
  if (armed_ && *armed_ <= earliest) return;
  armed_ = earliest;
  out.emplace_back(action::ArmTimer{earliest});
}

ClientSession::ClientSession(Options options) : impl_{std::make_unique<Impl>(options)} {}
ClientSession::ClientSession() : ClientSession{Options{}} {}
ClientSession::~ClientSession() = default;
ClientSession::ClientSession(ClientSession&&) noexcept = default;
ClientSession& ClientSession::operator=(ClientSession&&) noexcept = default;

ExchangeKey ClientSession::submit(TimePoint now, Submission submission, ClientActions& out, std::size_t backlog) {
  return impl_->submit(now, std::move(submission), out, backlog);
}
void ClientSession::opened(TimePoint now, ClientActions& out) {
  impl_->opened(now, out);
}
void ClientSession::written(TimePoint now, ClientActions& out) {
  impl_->written(now, out);
}
void ClientSession::text(TimePoint now, std::string message, ClientActions& out) {
  impl_->text(now, std::move(message), out);
}
void ClientSession::binary(TimePoint /*now*/, ClientActions& /*out*/) {
  ++impl_->counters.frames;
  ++impl_->counters.binary;
}
void ClientSession::timer(TimePoint now, ClientActions& out) {
  impl_->timer(now, out);
}
void ClientSession::cancel(TimePoint /*now*/, ExchangeKey key, ClientActions& out, errc why) {
  impl_->cancel(key, why, out);
}
void ClientSession::closed(TimePoint /*now*/, const CloseInfo& info, ClientActions& out) {
  impl_->closed(info, out);
}

std::size_t ClientSession::live() const noexcept {
  return impl_->table.size();
}
bool ClientSession::live(ExchangeKey key) const noexcept {
  return impl_->table.find(key) != nullptr;
}
std::string_view ClientSession::id_of(ExchangeKey key) const noexcept {
  const Exchange* exchange = impl_->table.find(key);
  return exchange == nullptr ? std::string_view{} : std::string_view{exchange->id};
}
const ClientCounters& ClientSession::counters() const noexcept {
  return impl_->counters;
}

}  // namespace procedura::protocol
