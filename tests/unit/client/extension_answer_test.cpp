// What a server may say to the offer of permessage-deflate.

#include "extension_answer.hpp"

#include <gmock/gmock.h>

namespace procedura::detail {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExtensionAnswerTest, NoneIsAlwaysRight) {
  for (const bool offered : {false, true}) {
    for (const char* header : {"", " \t"}) {
      EXPECT_FALSE(read_extension_answer(header, offered).deflate);
      EXPECT_FALSE(read_extension_answer(header, offered).problem);
    }
  }
}

TEST(ExtensionAnswerTest, WhatMayBeAgreedOn) {
  for (const char* header :
       {"permessage-deflate", "Permessage-Deflate", "permessage-deflate; server_no_context_takeover",
        "permessage-deflate;client_no_context_takeover;server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=15; client_max_window_bits=9",
        "permessage-deflate; client_max_window_bits = \"12\"", "permessage-deflate; SERVER_MAX_WINDOW_BITS=10"}) {
    EXPECT_TRUE(read_extension_answer(header, true).deflate) << header;
    EXPECT_FALSE(read_extension_answer(header, true).problem) << header;
    const auto unasked = read_extension_answer(header, false);
    EXPECT_FALSE(unasked.deflate) << header;
    EXPECT_THAT(unasked.problem.value_or(""), HasSubstr("was not offered")) << header;
  }
}

TEST(ExtensionAnswerTest, WhatMayNot) {
  const std::pair<const char*, const char*> wrong[]{
      {"x-other", "other than"},
      {"permessage-deflate, permessage-deflate", "other than"},
      {"permessage-deflate, x-other", "other than"},
      {"permessage-deflate;", "the parameter ''"},
      {"permessage-deflate; x=1", "the parameter 'x'"},
      {"permessage-deflate; \x1b[2J=1", "the parameter '\\x1b[2j'"},
      {"permessage-deflate; server_no_context_takeover=1", "a value for"},
      {"permessage-deflate; client_no_context_takeover=\"\"", "a value for"},
      {"permessage-deflate; server_max_window_bits", "between 8 and 15"},
      {"permessage-deflate; server_max_window_bits=", "between 8 and 15"},
      {"permessage-deflate; server_max_window_bits=7", "between 8 and 15"},
      {"permessage-deflate; server_max_window_bits=16", "between 8 and 15"},
      {"permessage-deflate; server_max_window_bits=08", "between 8 and 15"},
      {"permessage-deflate; client_max_window_bits", "between 8 and 15"},
      {"permessage-deflate; client_max_window_bits=8", "256 bytes"},
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", "twice"},
      {"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", "twice"},
  };
  for (const auto& [header, says] : wrong) {
    const auto answer = read_extension_answer(header, true);
    EXPECT_FALSE(answer.deflate) << header;
    EXPECT_THAT(answer.problem.value_or("none"), AllOf(HasSubstr(says), Not(HasSubstr("\x1b")))) << header;
  }
}

}  // namespace
}  // namespace procedura::detail
