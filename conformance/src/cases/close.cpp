#include "authentication.hpp"
#include "cases.hpp"

#include <procedura/conformance/case.hpp>

namespace procedura::conformance::cases {
namespace {

using protocol::Mode;
using protocol::Status;

Finding answered(const Connection::Ended& ended) {
  return ended.clean ? Finding::kept() : Finding::broken(ended.how);
}

Finding same_code(const Connection::Ended& ended, std::uint16_t code) {
  return !ended.clean         ? Finding::untestable("no Close came")
         : ended.code == code ? Finding::kept()
                              : Finding::broken("a Close with " + std::to_string(ended.code));
}

void codes(Case& c) {
  const auto normal = c.session().close(1000);
  const auto reason = c.session().close(1000, "the work is done – good-bye");
  const auto own = c.session().close(4321, "a code of our own");
  c.judge("same", same_code(normal, 1000));
  c.judge("with-reason", answered(reason));
  c.judge("own-code", answered(own));
}

void mid_job(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& connection = c.session();
  Exchange& job = connection.send(c.slow(work, Mode::async));
  const bool begun = connection.ping("in the middle of a job") && !job.over();
  const auto ended = connection.close();
  const Finding too_late = Finding::untestable("the job was not running: " + story(job));
  c.judge("answered", begun ? answered(ended) : too_late);
  Connection& back = c.session();
  c.judge("alive", ends_with(back.call(c.request(Need::quick)), Status::finished));
  // Long enough for the job to end, if it goes on without us.
  back.stay(work);
  back.fence();
  c.judge("not-for-us", begun ? all_accounted_for(back.correlation()) : too_late);
}

/// As a user, where the profile has one: the token is Bearer alone (AUT-2).
bool upgraded_as_user(Case& c, RawConnection& connection) {
  auto headers = connection.headers();
  if (c.profile().has(Need::credential)) {
    headers.emplace_back("Authorization", "Bearer " + c.token());
  }
  return connection.ask(headers) == 101;
}

void reset(Case& c) {
  const auto work = c.profile().slow_for;
  Connection& other = c.session();
  Exchange& job = other.send(c.slow(work, Mode::async));
  RawConnection& dropped = c.dial_raw();
  const bool upgraded = upgraded_as_user(c, dropped);
  dropped.send_frame(frame::text, other.text_of(c.slow(work, Mode::async)));
  dropped.send_frame(frame::ping, "there?");
  const bool there = upgraded && dropped.next_frame().has_value();
  dropped.reset();
  other.until_over(job, work);
  const Finding nobody = Finding::untestable("there was no connection to be reset");
  c.judge("bystander", there ? ends_with(job, Status::finished) : nobody);
  c.judge("alive", there ? ends_with(c.session().call(c.request(Need::quick)), Status::finished) : nobody);
}

/// A raw connection that answers a ping: the same kind of frame with nothing wrong in it.
RawConnection* answering(Case& c) {
  RawConnection& connection = c.dial_raw();
  if (!connection.upgrade()) {
    return nullptr;
  }
  connection.send_frame(frame::ping, "well");
  const auto pong = connection.next_frame();
  return pong && pong->first == frame::pong && pong->payload == "well" ? &connection : nullptr;
}

Finding ends_after(RawConnection* connection, unsigned char first, std::string_view payload, bool masked = true) {
  if (connection == nullptr) {
    return Finding::untestable("a connection on which nothing is wrong does not answer a ping");
  }
  connection->send_frame(first, payload, masked);
  return connection->until_ended() ? Finding::kept() : Finding::broken("the connection stays open");
}

void bad_frames(Case& c) {
  const std::string too_long(126, 'x');
  constexpr unsigned char reserved_opcode = 0x83;
  constexpr unsigned char reserved_bit = 0xc1;  // permessage-deflate's, which nobody agreed on
  constexpr unsigned char ping_in_parts = 0x09;
  c.judge("unmasked", ends_after(answering(c), frame::ping, "x", false));
  c.judge("long-control", ends_after(answering(c), frame::ping, too_long));
  c.judge("fragmented-control", ends_after(answering(c), ping_in_parts, "x"));
  c.judge("reserved-opcode", ends_after(answering(c), reserved_opcode, "x"));
  c.judge("reserved-bit", ends_after(answering(c), reserved_bit, "{}"));
  c.judge("lone-continuation", ends_after(answering(c), frame::continuation, "x"));
  c.judge("alive", answering(c) != nullptr ? Finding::kept() : Finding::broken("another connection does not answer a ping"));
}

Finding closes_after(RawConnection* connection, std::string_view payload) {
  if (connection == nullptr) {
    return Finding::untestable("a connection on which nothing is wrong does not answer a ping");
  }
  connection->send_frame(frame::close, payload);
  return connection->until_ended() ? Finding::kept() : Finding::broken("the connection stays open");
}

void payloads(Case& c) {
  using namespace std::string_view_literals;
  c.judge("empty", closes_after(answering(c), ""));
  c.judge("half-a-code", closes_after(answering(c), "\x03"sv));
  c.judge("no-such-code", closes_after(answering(c), "\x03\xed"sv));  // 1005: never on the wire
  c.judge("bad-reason", closes_after(answering(c), "\x03\xe8\xff\xfe"sv));
  c.judge("alive", answering(c) != nullptr ? Finding::kept() : Finding::broken("another connection does not answer a ping"));
}

}  // namespace

void add_close(Registry& all) {
  const std::vector<Need> jobs = {Need::quick, Need::slow};
  all.push_back({.id = "close/codes",
                 .title = "Closes with several codes and reasons",
                 .needs = {},
                 .after = {upgraded},
                 .checks = {{"same", "CON-10", Source::rfc, "a Close with the same code", Level::should},
                            {"with-reason", "CON-10", Source::rfc, "a Close in answer"},
                            {"own-code", "CON-10", Source::rfc, "a Close in answer"}},
                 .run = codes});
  all.push_back({.id = "close/mid-job",
                 .title = "A Close while a job runs, then another connection",
                 .needs = jobs,
                 .after = {finishes},
                 .checks = {{"answered", "CON-10", Source::rfc, "a Close in answer"},
                            {"alive", "SYN-1", Source::documented, "the agent answers on another connection"},
                            {"not-for-us", "ORD-2", Source::documented, "no frame of the former connection's job there"}},
                 .run = mid_job});
  all.push_back({.id = "close/reset",
                 .title = "A connection that breaks off (RST) beside another",
                 .needs = jobs,
                 .after = {finishes},
                 .checks = {{"bystander", "ASY-1", Source::documented, "the other connection's job finishes"},
                            {"alive", "SYN-1", Source::documented, "the agent answers on a new connection"}},
                 .run = reset});
  all.push_back({.id = "close/payloads",
                 .title = "Close frames without a code, and with what is none",
                 .needs = {},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"empty", "CON-10", Source::rfc, "the connection ends (RFC 6455, 5.5.1)"},
                            {"half-a-code", "CON-10", Source::rfc, "the connection ends"},
                            {"no-such-code", "CON-10", Source::rfc, "the connection ends (7.4.1)"},
                            {"bad-reason", "CON-10", Source::rfc, "the connection ends (8.1)"},
                            {"alive", "CON-10", Source::rfc, "others go on"}},
                 .run = payloads,
                 .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "close/bad-frames",
                 .title = "WebSocket frames that RFC 6455 does not allow",
                 .needs = {},
                 .after = {upgraded},
                 .session = false,
                 .checks = {{"unmasked", "CON-1", Source::documented, "the connection ends (RFC 6455, 5.1)"},
                            {"long-control", "CON-1", Source::documented, "the connection ends (5.5)"},
                            {"fragmented-control", "CON-1", Source::documented, "the connection ends (5.5)"},
                            {"reserved-opcode", "CON-1", Source::documented, "the connection ends (5.2)"},
                            {"reserved-bit", "CON-1", Source::documented, "the connection ends (5.2)"},
                            {"lone-continuation", "CON-1", Source::documented, "the connection ends (5.4)"},
                            {"alive", "CON-1", Source::documented, "others go on"}},
                 .run = bad_frames,
                 .deadline = std::chrono::seconds{60}});
}

}  // namespace procedura::conformance::cases
