// What leaves a case: without secrets, and no more than a report has room for.
#include <procedura/conformance/judge.hpp>
#include <procedura/conformance/transcript.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace procedura::conformance {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

Transcript sealed_frame(const std::string& text, const protocol::Redactor& redactor) {
  return sealed(Transcript{{Entry::Kind::received, 1, milliseconds{1}, text}}, redactor);
}

TEST(Sealed, frames_show_no_secret_however_it_is_written) {
  protocol::Redactor redactor;
  redactor.add("tok/123456");
  for (const char* frame : {R"({"id":"tok/123456","status":"error","message":"tok/123456 dG9rLzEyMzQ1Ng== tok%2F123456"})",
                            R"({"status":"error","message":"\u0074\u006f\u006b\/\u0031\u0032\u0033456"})",
                            R"({"status":"error","message":"%74%6f%6b%2f%31%32%33456","n":{"session_token":"tok/123456"}})"}) {
    const std::string shown = sealed_frame(frame, redactor).front().text;
    EXPECT_THAT(shown, HasSubstr("<redacted>"));
    EXPECT_THAT(shown, Not(HasSubstr("456"))) << shown;
  }
}

TEST(Sealed, a_secret_on_the_edge_of_what_is_shown_leaves_no_half) {
  protocol::Redactor redactor;
  const std::string secret(40, 's');
  redactor.add(secret);
  for (const std::size_t edge : {std::size_t{600}, std::size_t{2000}, std::size_t{128} * 1024}) {
    for (std::size_t before = edge - 45; before < edge + 5; ++before) {
      std::string text(before, '.');
      text += secret;
      text.append(4000, '.');
      EXPECT_THAT(sealed(text, redactor), Not(HasSubstr("ss")));
      const Transcript transcript{{Entry::Kind::noticed, 1, milliseconds{1}, text}};
      EXPECT_THAT(sealed(transcript, redactor).front().text, Not(HasSubstr("ss")));
    }
  }
  // All but nothing of it is secrets: what is left of the last of those that are looked at is not shown.
  std::string many;
  while (many.size() < std::size_t{300} * 1024) {
    many += secret;
  }
  EXPECT_THAT(sealed(many, redactor), Not(HasSubstr("ss")));
}

TEST(Sealed, a_token_that_is_known_only_later_leaves_no_beginning_at_the_edge) {
  for (const std::size_t edge : {std::size_t{600}, std::size_t{2000}}) {
    for (std::size_t before = edge - 44; before < edge - 1; ++before) {  // where the token begins
      std::string text = R"({"message":")" + std::string(before - 13, '.') + " issued-token-0123456789-0123456789-0123456789 ";
      text.append(4000, '.');
      EXPECT_THAT(edge == 600 ? sealed(text, {}) : sealed_frame(text, {}).front().text, Not(HasSubstr("iss"))) << before;
    }
  }
}

TEST(Sealed, long_texts_are_cut_between_characters_and_say_how_long_they_were) {
  std::string text(1999, 'x');
  text += "\xC3\xA4";
  text.append(10'000'000, 'y');
  const Transcript transcript{{Entry::Kind::noticed, 1, milliseconds{1}, text}};
  std::string expected(1999, 'x');
  expected += " … (10002001 bytes in all)";
  EXPECT_EQ(sealed(transcript, {}).front().text, expected);
}

TEST(Sealed, of_a_flood_the_beginning_and_the_end_are_kept) {
  Transcript transcript;
  for (int i = 0; i < 20'000; ++i) {
    transcript.push_back({Entry::Kind::noticed, 1, milliseconds{i}, std::to_string(i)});
  }
  const Transcript shown = sealed(transcript, {});
  ASSERT_EQ(shown.size(), 501U);
  EXPECT_EQ(shown[249].text, "249");
  EXPECT_EQ(shown[250].kind, Entry::Kind::left_out);
  EXPECT_EQ(shown[250].text, "19500 more that are left out here");
  EXPECT_EQ(shown[251].text, "19750");
  transcript.resize(501);
  EXPECT_EQ(sealed(transcript, {}).back().text, "500");
}

TEST(IssuedToken, is_that_of_any_result) {
  EXPECT_EQ(issued_token(R"({"id":"1","status":"finished","result":{"a":1,"session_token":"t\u006fk"}})"), "tok");
  EXPECT_EQ(issued_token(R"({"status":"running","result":{"session_token":"tok"}})"), "tok");
  for (const char* none : {R"({"result":{"session_token":7}})", R"({"result":"session_token"})", R"({"session_token":"x"})",
                           "[]", "", R"({"result":{"session_token":"x)"}) {
    EXPECT_EQ(issued_token(none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace procedura::conformance
