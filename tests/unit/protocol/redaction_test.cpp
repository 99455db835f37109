#include <procedura/protocol/credential.hpp>
#include <procedura/protocol/json_text.hpp>
#include <procedura/protocol/redaction.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace procedura::protocol {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedactFrame, HidesTheCredentialOfALoginAndKeepsItsOptions) {
  EXPECT_EQ(
      redact_frame(
          R"({"id":"1","cmd":"login_password","args":["login_password","a:b","--replace","--device=cli"],"mode":"sync"})"),
      R"({"id":"1","cmd":"login_password","args":["login_password","<redacted>","--replace","--device=cli"],"mode":"sync"})");
  EXPECT_EQ(redact_frame(R"({"args":["a:b"],"cmd":"login_password"})"), R"({"args":["<redacted>"],"cmd":"login_password"})");
  EXPECT_EQ(redact_frame(R"({"args":[ ],"cmd":"login_password"})"), R"({"args":[ ],"cmd":"login_password"})");
  EXPECT_EQ(redact_frame(R"({"cmd":"login\u005fpassword","args":[7,{"p":"x"},["y"],"z"]})"),
            R"({"cmd":"login\u005fpassword","args":["<redacted>","<redacted>","<redacted>","<redacted>"]})");
  EXPECT_EQ(redact_frame(R"({"cmd":"login_password","args":"a:b"})"), R"({"cmd":"login_password","args":"<redacted>"})");
  EXPECT_EQ(redact_frame(R"({"cmd":"login_password"})"), R"({"cmd":"login_password"})");
}

// AUT-7
TEST(RedactFrame, HidesTheValuesOfSecretOptionsOfAnyModule) {
  EXPECT_EQ(
      redact_frame(R"({"cmd":"m","args":["m","--token","abc","x","--password=a=b","--n","4","--api-key", "k"]})"),
      R"({"cmd":"m","args":["m","--token","<redacted>","x","--password=<redacted>","--n","4","--api-key", "<redacted>"]})");
  EXPECT_EQ(
      redact_frame(R"({"args":["--clientSecret",7,"--token","--n","4","\u002d-token=x",{"token":"y"}],"cmd":"m"})"),
      R"({"args":["--clientSecret","<redacted>","--token","--n","4","--token=<redacted>",{"token":"<redacted>"}],"cmd":"m"})");
  EXPECT_EQ(redact_frame(R"({"cmd":"m","args":{"token":"x"}})"), R"({"cmd":"m","args":{"token":"<redacted>"}})");
  EXPECT_EQ(redact_frame(R"({"cmd":"login_password","args":["a:b","--token=x"]})"),
            R"({"cmd":"login_password","args":["<redacted>","--token=<redacted>"]})");
  EXPECT_THAT(redact_frame(R"({"cmd":"m","args":["--token=geheim"],"args":[]})"), Not(HasSubstr("geheim")));
}

TEST(RedactFrame, AFrameThatHidesItsArgumentsBehindOthersShowsNone) {
  EXPECT_THAT(redact_frame(R"({"cmd":"login_password","args":["a:secret"],"args":[]})"), Not(HasSubstr("secret")));
  EXPECT_EQ(redact_frame(R"({"cmd":"login_password","args":["a:secret"])"), "<43 bytes, not JSON>");
}

TEST(RedactFrame, HidesSecretMembersAtAnyDepthAndKeepsTheRestToTheLetter) {
  EXPECT_EQ(redact_frame(R"({"id":"1","status":"finished","result":{"session_token":"abc","ttl":1.0,"user":"u"}})"),
            R"({"id":"1","status":"finished","result":{"session_token":"<redacted>","ttl":1.0,"user":"u"}})");
  EXPECT_EQ(redact_frame(R"({"a":[{"Password" : {"deep":["x"]}, "n" : 1e5 }],"TOKEN":null,"Authorization":"Bearer x"})"),
            R"({"a":[{"Password" : "<redacted>", "n" : 1e5 }],"TOKEN":"<redacted>","Authorization":"<redacted>"})");
  EXPECT_EQ(redact_frame(R"({"t\u006fken":"x","credential":"y","secret":1,"api_key":"z"})"),
            R"({"t\u006fken":"<redacted>","credential":"<redacted>","secret":"<redacted>","api_key":"<redacted>"})");
  const std::string harmless = R"( {"cmd":"echo","args":["token","a:b"],"text":"password"} )";
  EXPECT_EQ(redact_frame(harmless), harmless);
}

TEST(RedactFrame, OfWhatIsNoFrameNothingIsShown) {
  EXPECT_EQ(redact_frame("a:secret"), "<8 bytes, not JSON>");
  EXPECT_EQ(redact_frame("[\"a:secret\"]"), "<12 bytes, not JSON>");
}

TEST(Redactor, FindsASecretInEveryForm) {
  Redactor redact;
  const std::string secret = "s3cr\"t/\xC3\xA9 value";
  redact.add(secret);
  EXPECT_EQ(redact("x" + secret + "y"), "x<redacted>y");
  std::string escaped;
  append_string(escaped, secret);
  EXPECT_EQ(redact(escaped), "\"<redacted>\"");
  EXPECT_THAT(redact("q=s3cr%22t%2F%C3%A9%20value&"), "q=<redacted>&");
  for (const std::string before : {"", "a", "ab", "abc", "user:"}) {
    for (const std::string after : {"", "z", "zz"}) {
      EXPECT_THAT(redact(encode_base64(before + secret + after)), HasSubstr("<redacted>")) << before << '|' << after;
    }
  }
}

TEST(Redactor, FindsTheFormsThatOthersWrite) {
  Redactor redact;
  const std::string secret = "s3cr\"t/\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91?\xFF";
  redact.add(secret);  // no UTF-8, and yet
  EXPECT_EQ(redact("x" + secret), "x<redacted>");
  const std::string text = "geheim\n/\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91~?~>~?>";
  redact.add(text);
  for (const char* form : {
           "geheim%0A%2F%C3%A9%E2%82%AC%F0%9F%94%91~%3F~%3E~%3F%3E",
           "geheim%0a%2f%c3%a9%e2%82%ac%f0%9f%94%91~%3f~%3e~%3f%3e",
           R"(geheim\n/\u00e9\u20ac\ud83d\udd11~?~>~?>)",
       }) {
    EXPECT_EQ(redact("x=" + std::string{form} + "&"), "x=<redacted>&") << form;
  }
  for (const std::string before : {"", "a", "ab"}) {
    std::string form = encode_base64(before + text + "!!!");
    ASSERT_NE(form.find_first_of("+/"), std::string::npos);
    std::replace(form.begin(), form.end(), '+', '-');
    std::replace(form.begin(), form.end(), '/', '_');
    EXPECT_THAT(redact(form), HasSubstr("<redacted>")) << before;
    EXPECT_THAT(redact(form), Not(HasSubstr(form.substr(3, 8)))) << before;
  }
}

// Who means to leak writes a secret in ways that no list of forms has.
TEST(Redactor, NoMixtureOfEscapesHidesASecret) {
  Redactor redact;
  redact.add("secret/123");
  redact.add("p\xC3\xA4ss\xF0\x9F\x94\x91");
  const std::pair<const char*, const char*> table[] = {
      {"%73%65%63%72%65%74%2f%31%32%33", "<redacted>"},
      {"x%73ecret%2F1%32%33y", "x<redacted>y"},
      {R"(\u0073\u0065\u0063\u0072\u0065\u0074\u002F\u0031\u0032\u0033)", "<redacted>"},
      {R"(a \"s\u0065cret\/123\" b)", R"(a \"<redacted>\" b)"},
      {R"({"m":"{\"m\":\"\\u0073ecret\\/123\"}"})", R"({"m":"{\"m\":\"<redacted>\"}"})"},
      {R"(%5Cu0073ecret%5c/123)", "<redacted>"},
      {R"(p\u00e4ss\ud83d\udd11 p%C3%A4ss%F0%9f%94%91)", "<redacted> <redacted>"},
      {R"(100% of \d+ and \u12 and \ud83dx and %, %4, %zz and \)", R"(100% of \d+ and \u12 and \ud83dx and %, %4, %zz and \)"},
  };
  for (const auto& [text, shown] : table) EXPECT_EQ(redact(text), shown) << text;
  const std::string filler(100'000, '%');
  EXPECT_EQ(redact(filler + "%73ecret/123" + filler), filler + "<redacted>" + filler);
  for (std::size_t shift = 0; shift < 40; ++shift) {  // wherever it lies on what is looked at at a time
    const std::string before(65536 - 20 + shift, '.');
    EXPECT_EQ(redact(before + "%73ecret/123"), before + "<redacted>");
  }
}

TEST(Redactor, SecretsThatOverlapLeaveNothing) {
  Redactor redact;
  for (const char* secret : {"abcdef", "defghi", "cdef", "hijklm", "wxyz"}) redact.add(secret);
  EXPECT_EQ(redact("1abcdefghijklm2"), "1<redacted>2");
  EXPECT_EQ(redact("wxyzwxyz wxy"), "<redacted><redacted> wxy");
  EXPECT_EQ(redact("abc"), "abc");
  EXPECT_EQ(redact(""), "");
}

TEST(Redactor, ACredentialIsItsPasswordToo) {
  Redactor redact;
  redact.add_credential("b64:" + encode_base64("ann:hunter2!"));
  EXPECT_EQ(redact("the password is hunter2!"), "the password is <redacted>");
  EXPECT_THAT(redact(encode_base64("ann:hunter2!")), Not(HasSubstr("aHVudGVy")));
  EXPECT_THAT(redact("ann:hunter2!"), Not(HasSubstr("hunter2")));
  Redactor malformed;
  malformed.add_credential("not a credential");
  EXPECT_EQ(malformed("so not a credential"), "so <redacted>");
}

TEST(Redactor, TheLongestComesFirstAndTheShortestAreLeft) {
  Redactor redact;
  EXPECT_TRUE(redact.empty());
  redact.add("abc");
  EXPECT_TRUE(redact.empty());
  redact.add("abcd");
  redact.add("abcdefgh");
  redact.add("abcd");
  EXPECT_FALSE(redact.empty());
  EXPECT_EQ(redact("abcdefgh abcd abc"), "<redacted> <redacted> abc");
}

TEST(Redactor, InJsonNoEscapeHidesASecretAndItStaysJson) {
  Redactor redact;
  redact.add("87654321");
  redact.add("p\xC3\xA4ssword");
  redact.add("4fee");
  const std::pair<const char*, const char*> table[] = {
      {R"({"message":"no 87654321 here","n":87654321})", R"({"message":"no <redacted> here","n":87654321})"},
      {R"({"message":"\u0038765432\u0031","87654321":[ "x87654321" ]})",
       R"({"message":"<redacted>","<redacted>":[ "x<redacted>" ]})"},
      {R"({"message":"p\u00e4ssword"})", R"({"message":"<redacted>"})"},  // as Python's json.dumps writes it
      {R"({"message":"caf\u4fee \" \\"})", R"({"message":"caf\u4fee \" \\"})"},
      {R"( {"a" : 1.50, "b":"\u0041"} )", R"( {"a" : 1.50, "b":"\u0041"} )"},
      {R"("87654321")", R"("<redacted>")"},
      {"", ""},
  };
  for (const auto& [json, shown] : table) EXPECT_EQ(redact.json(json), shown);
}

TEST(RedactUrl, HidesUserInfoAndSecretParameters) {
  const std::pair<const char*, const char*> table[] = {
      {"ws://127.0.0.1:8765/", "ws://127.0.0.1:8765/"},
      {"wss://ann:pw@host/p?x=1", "wss://<redacted>@host/p?x=1"},
      {"ws://a@b@host", "ws://<redacted>@host"},
      {"ws://h/?token=abc&x=1&Access_Token=d#f", "ws://h/?token=<redacted>&x=1&Access_Token=<redacted>#f"},
      {"ws://h?password=p", "ws://h?password=<redacted>"},
      {"ws://h?token", "ws://h?token"},
      {"ws://h/p@q?api_key=", "ws://h/p@q?api_key=<redacted>"},
      {"u:p@host", "<redacted>@host"},
      {"ws://u:p/w@host/x", "ws://<redacted>@host/x"},
      {"http://u:p#w@host:1", "http://<redacted>@host:1"},
      {"http://u:/?#p@host:1?token=t", "http://<redacted>@host:1?token=<redacted>"},
      {"wss:///u:p@host", "wss://<redacted>@host"},
      {"ws:/u:p@host", "<redacted>@host"},
      {"ws//u:p@host", "<redacted>@host"},
      {"ws://h:8765/@me", "ws://h:8765/@me"},
      {"ws://[::1]/@me", "ws://[::1]/@me"},
      {"ws://[::1]:80/@me", "ws://[::1]:80/@me"},
      {"", ""},
      {"ws://h#token=x", "ws://h#token=x"},
  };
  for (const auto& [url, shown] : table) EXPECT_EQ(redact_url(url), shown);
}

}  // namespace
}  // namespace procedura::protocol
