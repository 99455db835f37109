// What RFC 6455 forbids, and what it allows and few clients do: frames made by hand, on connections of their own.
#include "cases.hpp"
#include "common.hpp"

#include <algorithm>

namespace procedura::conformance::cases {
namespace {

using protocol::Status;

constexpr unsigned char unfinished_text = 0x01;
constexpr unsigned char reserved_control = 0x8b;

/// A connection as every session's, but for who makes the frames, and what is answered on it.
class ByHand {
 public:
  explicit ByHand(Case& c) : case_{c}, connection_{c.dial_raw()} {
    auto headers = connection_.headers();
    if (c.profile().has(Need::credential)) {
      headers.emplace_back("Authorization", "Bearer " + c.token());
    }
    upgraded_ = connection_.ask(headers) == 101;
  }

  RawConnection& frames() { return connection_; }
  bool failed() const { return closed_ || !connection_.open(); }  ///< a Close came, or the end without one
  std::uint16_t close_code() const { return connection_.close_code(); }

  std::string text_of(const Request& request) const {
    std::string text;
    protocol::append_request(text, request.id, request.cmd, request.args, request.mode, case_.profile().args_styles.front());
    return text;
  }
  Exchange& expect(const Request& request) { return correlation_.sent(request.id, request.cmd, request.mode, {}); }

  /// Reads until `done`, or the connection has failed, or nothing comes any more.
  void until(const std::function<bool()>& done) {
    while (!done() && !failed()) {
      const auto frame = connection_.next_frame();
      if (!frame) {
        return;
      }
      take(*frame);
    }
  }
  void until_over(const Exchange& exchange) {
    until([&exchange] { return exchange.over(); });
  }
  bool finishes(const Request& request) {
    if (!upgraded_) {
      return false;
    }
    const Exchange& exchange = expect(request);
    connection_.send_frame(frame::text, text_of(request));
    until_over(exchange);
    return kept(ends_with(exchange, Status::finished));
  }
  const std::vector<std::string>& pongs() const { return pongs_; }

 private:
  void take(const RawFrame& frame) {
    const unsigned opcode = frame.first & 0x0fU;
    closed_ = closed_ || opcode == (frame::close & 0x0fU);
    if (opcode == (frame::pong & 0x0fU)) {
      pongs_.push_back(frame.payload);
    }
    if (opcode > 1) {
      return;
    }
    message_ += frame.payload;
    if ((frame.first & 0x80U) != 0) {
      correlation_.text(std::exchange(message_, {}), {});
    }
  }

  Case& case_;
  RawConnection& connection_;
  bool upgraded_ = false;
  bool closed_ = false;
  std::string message_;
  std::vector<std::string> pongs_;
  Correlation correlation_;
};

using Violation = std::function<void(RawConnection&, const std::string& request)>;

/// What RFC 6455 forbids fails the connection, and no other one; what is asked for behind it is not answered.
Finding fails(Case& c, const Violation& violate, std::uint16_t* code = nullptr) {
  ByHand hand{c};
  if (!hand.finishes(c.request(Need::quick))) {
    return unsound();
  }
  const Request request = c.request(Need::quick);
  const Exchange& exchange = hand.expect(request);
  violate(hand.frames(), hand.text_of(request));
  hand.until_over(exchange);
  if (code != nullptr) {
    *code = hand.close_code();
  }
  if (!exchange.frames.empty()) {
    return Finding::broken("the request with it was answered: " + story(exchange));
  }
  return hand.failed() ? lives_on(c) : Finding::broken("the connection stayed open");
}

void framing(Case& c) {
  c.judge("interrupted", fails(c, [](RawConnection& wire, const std::string& request) {
            wire.send_frame(unfinished_text, R"({"id":)");
            wire.send_frame(frame::text, request);
          }));
  c.judge("reserved-control", fails(c, [](RawConnection& wire, const std::string& request) {
            wire.send_frame(reserved_control, "");
            wire.send_frame(frame::text, request);
          }));
}

void invalid_utf8(Case& c) {
  std::uint16_t code = 0;
  const auto with = [&](const std::string& bytes) {
    return fails(
        c,
        [&bytes](RawConnection& wire, std::string request) {
          wire.send_frame(frame::text, request.insert(1, R"("x":")" + bytes + R"(",)"));
        },
        &code);
  };
  c.judge("byte", with("a\xff"));
  c.judge("code", code == 1007 ? Finding::kept()
                  : code == 0  ? Finding::broken("the connection ended without a Close")
                               : Finding::broken("a Close with " + std::to_string(code)));
  c.judge("surrogate", with("\xed\xa0\x80"));
  c.judge("overlong", with("\xc0\xaf"));
  c.judge("across-fragments", fails(c, [](RawConnection& wire, std::string request) {
            request.insert(1, "\"x\":\"\xe4\xb8\",");  // two of the three bytes of a character
            const std::size_t half = request.find('\xb8');
            wire.send_frame(unfinished_text, request.substr(0, half));
            wire.send_frame(frame::continuation, request.substr(half));
          }));
}

void between_fragments(Case& c) {
  ByHand hand{c};
  if (!hand.finishes(c.request(Need::quick))) {
    throw CannotGoOn{unsound().came};
  }
  const Request request = c.request(Need::quick);
  const Exchange& exchange = hand.expect(request);
  const std::string text = hand.text_of(request);
  const std::string payload = c.fresh_word("ping");
  const auto has_come = [&] { return std::find(hand.pongs().begin(), hand.pongs().end(), payload) != hand.pongs().end(); };
  hand.frames().send_frame(unfinished_text, text.substr(0, text.size() / 2));
  hand.frames().send_frame(frame::ping, payload);
  hand.until(has_come);
  c.judge("pong", has_come() ? Finding::kept() : Finding::broken("no pong with its payload before the message was whole"));
  hand.frames().send_frame(frame::continuation, text.substr(text.size() / 2));
  hand.until_over(exchange);
  c.judge("answered", ends_with(exchange, Status::finished));
}

void unsolicited_pong(Case& c) {
  ByHand hand{c};
  if (!hand.finishes(c.request(Need::quick))) {
    throw CannotGoOn{unsound().came};
  }
  hand.frames().send_frame(frame::pong, c.fresh_word("pong"));
  hand.frames().send_frame(frame::pong, "");
  c.judge("ignored", hand.finishes(c.request(Need::quick))
                         ? Finding::kept()
                         : Finding::broken(hand.failed() ? "the connection was closed" : "the quick module does not finish"));
}

}  // namespace

void add_framing(Registry& all) {
  using enum Source;
  all.push_back(
      {.id = "errors/framing",
       .title = "Frames that RFC 6455 forbids where they stand, and a request behind them",
       .needs = {Need::quick},
       .after = {finishes},
       .checks = {{"interrupted", "CON-1", documented, "the connection is failed for a message begun within another (5.4)"},
                  {"reserved-control", "CON-1", documented, "for a control frame of a reserved opcode (5.2)"}},
       .run = framing,
       .deadline = std::chrono::seconds{40}});
  all.push_back(
      {.id = "errors/invalid-utf8",
       .title = "Text messages that are no UTF-8",
       .needs = {Need::quick},
       .after = {finishes},
       .checks = {{"byte", "CON-5", rfc, "the connection is failed for a byte that UTF-8 does not have, and nothing is run"},
                  {"surrogate", "CON-5", rfc, "for half of a surrogate pair"},
                  {"overlong", "CON-5", rfc, "for a character in more bytes than it needs"},
                  {"across-fragments", "CON-5", rfc, "for a character that breaks off between fragments"},
                  // RFC 6455, 7.1.7: a Close with an appropriate code SHOULD be sent.
                  {"code", "CON-5", rfc, "with a Close of 1007", Level::should}},
       .run = invalid_utf8,
       .deadline = std::chrono::seconds{40}});
  all.push_back({.id = "keepalive/between-fragments",
                 .title = "A ping between the fragments of a request",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"pong", "CON-6", rfc, "a pong with its payload, before the message is whole"},
                            {"answered", "CON-1", documented, "and the request finishes"}},
                 .run = between_fragments});
  all.push_back({.id = "keepalive/unsolicited-pong",
                 .title = "Pongs that nobody asked for",
                 .needs = {Need::quick},
                 .after = {finishes},
                 .checks = {{"ignored", "CON-6", rfc, "requests are answered as before"}},
                 .run = unsolicited_pong});
}

}  // namespace procedura::conformance::cases
