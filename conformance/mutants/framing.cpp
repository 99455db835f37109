#include "sabotages.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace procedura::conformance::mutants {
namespace {

/// Frames of the suite come to the agent as RFC 6455 wants them: it does not mind. `mend` says whether there was anything.
Sabotage mends(std::string what, bool (*mend)(Frame&)) {
  Sabotage sabotage;
  sabotage.from_client = [what = std::move(what), mend](Frame& frame, Hand& hand) {
    if (mend(frame)) {
      hand.fired("took " + what);
    }
  };
  return sabotage;
}

Sabotage passes_over(std::string what, bool (*which)(const Frame&)) {
  Sabotage sabotage;
  sabotage.from_client = [what = std::move(what), which](Frame& frame, Hand& hand) {
    if (which(frame)) {
      hand.drop();
      hand.fired("passed over " + what);
    }
  };
  return sabotage;
}

bool is_foreign_byte(char byte) {
  return static_cast<unsigned char>(byte) >= 0x80U;
}

}  // namespace

void add_framing(Catalogue& all) {
  all.push_back({.name = "minds-no-reserved-control-frames",
                 .clause = "CON-1",
                 .checks = {"errors/framing:reserved-control"},
                 .breaks = "passes control frames of a reserved opcode over",
                 .sabotage = [] {
                   return passes_over("a reserved opcode",
                                      [](const Frame& frame) { return static_cast<unsigned>(frame.opcode) > 10; });
                 }});
  all.push_back({.name = "forgets-half-a-message",
                 .clause = "CON-1",
                 .checks = {"errors/framing:interrupted"},
                 .breaks = "forgets a message that another one interrupts",
                 .sabotage = [] {
                   return passes_over("half a message",
                                      [](const Frame& frame) { return frame.opcode == Opcode::text && !frame.fin; });
                 }});
  all.push_back({.name = "takes-any-bytes",
                 .clause = "CON-5",
                 .checks = {"errors/invalid-utf8:byte", "errors/invalid-utf8:surrogate", "errors/invalid-utf8:overlong",
                            "errors/invalid-utf8:across-fragments"},
                 .breaks = "puts something else in the place of what is no UTF-8",
                 .sabotage = [] {
                   return mends("bytes that are no UTF-8", [](Frame& frame) {
                     const auto found = std::find_if(frame.payload.begin(), frame.payload.end(), is_foreign_byte);
                     const bool foreign = !frame.is_control() && found != frame.payload.end();
                     if (foreign) {
                       std::replace_if(found, frame.payload.end(), is_foreign_byte, '?');
                     }
                     return foreign;
                   });
                 }});
  all.push_back({.name = "closes-with-1002",
                 .clause = "CON-5",
                 .checks = {"errors/invalid-utf8:code"},
                 .breaks = "closes with another code than 1007 for what is no UTF-8",
                 .sabotage = [] {
                   return on_frame_from_agent(Opcode::close, [](Frame& frame, Hand& hand) {
                     if (frame.close_code() == 1007) {
                       frame = Frame::close(1002);
                       hand.fired("closed with 1002");
                     }
                   });
                 }});
  all.push_back({.name = "deaf-between-fragments",
                 .clause = "CON-6",
                 .checks = {"keepalive/between-fragments:pong"},
                 .breaks = "answers no ping while half a message is there",
                 .sabotage = [] {
                   const auto begun = std::make_shared<std::map<unsigned, bool>>();
                   Sabotage sabotage;
                   sabotage.from_client = [begun](Frame& frame, Hand& hand) {
                     bool& half = (*begun)[hand.connection()];
                     if (!frame.is_control()) {
                       half = !frame.fin;
                     } else if (half && frame.opcode == Opcode::ping) {
                       hand.drop();
                       hand.fired("took no notice of a ping between fragments");
                     }
                   };
                   return sabotage;
                 }});
  all.push_back({.name = "minds-unsolicited-pongs",
                 .clause = "CON-6",
                 .checks = {"keepalive/unsolicited-pong:ignored"},
                 .breaks = "closes the connection for a pong that it did not ask for",
                 .sabotage = [] {
                   return on_frame_from_suite(Opcode::pong, [](Frame&, Hand& hand) {
                     hand.close(1002);
                     hand.fired("closed for a pong");
                   });
                 }});
}

}  // namespace procedura::conformance::mutants
