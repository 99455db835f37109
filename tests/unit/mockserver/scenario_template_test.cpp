#include "scenario/expression.hpp"
#include "scenario/number.hpp"
#include "scenario/template.hpp"
#include "scenario/template_builder.hpp"
#include "scenario_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace procedura::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const std::function<std::optional<std::string>(std::string_view)> environment = [](std::string_view name) {
  if (name == "HOME") return std::optional<std::string>{"/home/mira"};
  if (name == "BROKEN") return std::optional<std::string>{"\xFF"};
  return std::optional<std::string>{};
};

ReceivedRequest request() {
  return receive(
      "id-1", "place", protocol::Mode::async,
      {"first", "--n", "4", "--big=12345678901234567890", "--text=4.5x", "--dry-run", "--quote=a\"b", "--", "${id}", "7"},
      {.user = "mira", .device = "cli"});
}

/// One string value, compiled.
Template compile(const std::string& text, const std::vector<std::string>& loops = {"i"}) {
  CompileScope scope{loops, environment};
  TemplateBuilder builder{scope};
  const std::vector<std::string> errors = builder.string(text);
  for (const std::string& error : errors) ADD_FAILURE() << error;
  return std::move(builder).build();
}

std::string error_of(const std::string& text, const std::vector<std::string>& loops = {}) {
  CompileScope scope{loops, environment};
  TemplateBuilder builder{scope};
  const std::vector<std::string> errors = builder.string(text);
  return errors.empty() ? "" : errors.front();
}

/// Rendered as JSON, or `!` and the error.
std::string render(const Template& compiled, std::uint64_t draw = 1) {
  const ReceivedRequest received = request();
  const std::vector<std::uint64_t> loops = {2};
  const Variables variables = {{"count", "3"}, {"name", "\"x\""}, {"deep", R"({"a":[1]})"}};
  std::string out = ">";
  const RenderContext context{received, "job-1", 5, loops, &variables, 1'700'000'000'123, draw};
  if (const auto error = compiled.append_json(out, context)) {
    EXPECT_EQ(out, ">");
    return "!" + error->message;
  }
  return out.substr(1);
}

std::string render(const std::string& text) {
  return render(compile(text));
}

struct Row {
  std::string text;
  std::string json;
};

TEST(Template, FillsPlaceholders) {
  const std::vector<Row> rows = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"${id}", R"("id-1")"},
      {"${job}", R"("job-1")"},
      {"${ seq }", "5"},
      {"${i}", "2"},
      {"${cmd}", R"("place")"},
      {"${mode}", R"("async")"},
      {"${user}", R"("mira")"},
      {"${device}", R"("cli")"},
      {"${now_ms}", "1700000000123"},
      {"${args[0]}", R"("first")"},
      {"${args[ 2 ]}", R"("7")"},
      {"${args}", R"(["first","${id}","7"])"},
      {"${raw_args[1]}", R"("--n")"},
      {"${opt.n}", "4"},
      {"${opt['n']}", "4"},
      {"${opt.big}", "12345678901234567890"},  // the digits as sent
      {"${opt.text}", R"("4.5x")"},
      {"${opt.dry-run}", "true"},
      {"${opt.quote}", R"("a\"b")"},
      {"${var.count}", "3"},
      {"${var.name}", R"("x")"},
      {"${var.deep}", R"({"a":[1]})"},
      {"${env:HOME}", R"("/home/mira")"},
      {"${true}", "true"},
      {"${null}", "null"},
      {"${'a text'}", R"("a text")"},
      {"${''}", R"("")"},
      {"${4.50}", "4.50"},
      {"${1e3}", "1e3"},
      {"${1e+3}", "1e+3"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;
}

TEST(Template, ALonePlaceholderKeepsItsTypeAndOthersAreText) {
  const std::vector<Row> rows = {
      {"n=${opt.n}", R"("n=4")"},
      {"${opt.n} ", R"("4 ")"},
      {"${opt.n}${opt.n}", R"("44")"},
      {"${id}-${i}-${opt.dry-run}", R"("id-1-2-true")"},
      {"say ${opt.quote}", R"("say a\"b")"},
      {"deep ${var.deep}", R"("deep {\"a\":[1]}")"},
      {"all ${args}", R"("all [\"first\",\"${id}\",\"7\"]")"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;
}

TEST(Template, EscapesAndIsNeverExpandedAgain) {
  const std::vector<Row> rows = {
      {"$${id}", R"("${id}")"},
      {"$${", R"("${")"},
      {"$$${id}", R"("$${id}")"},
      {"$", R"("$")"},
      {"$$", R"("$$")"},
      {"cost: $5 {x}", R"("cost: $5 {x}")"},
      {"${args[1]}", R"("${id}")"},
      {"${id}$", R"("id-1$")"},
      {"a\nb\"\\", R"("a\nb\"\\")"},
      {"${'}'}", R"("}")"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;
}

TEST(Template, Calculates) {
  const std::vector<Row> rows = {
      {"${1 + 2 * 3}", "7"},
      {"${(1 + 2) * 3}", "9"},
      {"${7 - 2 - 1}", "4"},
      {"${8 / 2 / 2}", "2"},
      {"${1 / 4}", "0.25"},
      {"${(i + 1) / (opt.n ?? 4)}", "0.75"},
      {"${(i + 2) / opt.n}", "1"},
      {"${-i}", "-2"},
      {"${- - i}", "2"},
      {"${0 * -1}", "0"},
      {"${opt.n-1}", "3"},
      {"${opt.n - 1}", "3"},
      {"${args[2] + 1}", "8"},
      {"${var.count * 2}", "6"},
      {"${0.1 + 0.2}", "0.30000000000000004"},
      {"${9007199254740992 * 4}", "36028797018963968"},
      {"s${i + 1}", R"("s3")"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;
}

TEST(Template, HasDefaultsForWhatIsMissing) {
  const std::vector<Row> rows = {
      {"${opt.x ?? 4}", "4"},
      {"${opt.x ?? opt.y ?? 'z'}", R"("z")"},
      {"${opt.n ?? 9}", "4"},
      {"${args[9] ?? null}", "null"},
      {"${var.x ?? true}", "true"},
      {"${env:NOPE ?? 'none'}", R"("none")"},
      {"${(opt.x + 1) ?? 0}", "0"},
      {"${(1 - opt.x) ?? 0}", "0"},
      {"${-opt.x ?? 0}", "0"},
      {"${random.int(opt.x, 2) ?? 0}", "0"},
      {"${random.int(1, opt.x) ?? 0}", "0"},
      {"${opt.x ?? 1 + 1}", "2"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;
}

TEST(Template, SaysWhatIsMissingOrCannotBeCalculated) {
  const std::vector<Row> rows = {
      {"${opt.x}", "!opt.x is missing: the request has no option --x"},
      {"n ${opt.x}", "!opt.x is missing: the request has no option --x"},
      {"${args[3]}", "!args[3] is missing: the request has 3 positional arguments"},
      {"${raw_args[99]}", "!raw_args[99] is missing: the request has 10 arguments"},
      {"${var.x}", "!var.x is missing: no such variable was set"},
      {"${opt.text + 1}", "!opt.text is not a number"},
      {"${1 + opt.text}", "!opt.text is not a number"},
      {"${-id}", "!id is not a number"},
      {"${env:HOME * 2}", "!env:HOME is not a number"},
      {"${opt.dry-run + 1}", "!opt.dry-run is not a number"},
      {"${(opt.text + 1) ?? 3}", "!opt.text is not a number"},  // a default is for what is missing, not for what is wrong
      {"${i / (i - 2)}", "!i / (i - 2) divides by zero"},
      {"${1e308 * 10}", "!1e308 * 10 is beyond any number"},
      {"${random.int(2, 1)}", "!random.int(2, 1) has no whole number between its bounds"},
      {"${random.int(id, 1)}", "!id is not a number"},
      {"${random.int(1, id)}", "!id is not a number"},
      {"${random.int(0, 1e300)}", "!random.int(0, 1e300) has no whole number between its bounds"},
  };
  for (const Row& row : rows) EXPECT_EQ(render(row.text), row.json) << row.text;

  CompileScope scope{{}, environment};
  TemplateBuilder builder{scope};
  EXPECT_TRUE(builder.string("${env:NOPE}").empty());
  EXPECT_EQ(scope.missing_env, std::vector<std::string>{"NOPE"});
  EXPECT_EQ(render(std::move(builder).build()), "!the environment had no NOPE when the scenario was loaded");
}

TEST(Template, MissesUserDeviceAndLoopWhereThereAreNone) {
  const ReceivedRequest nobody = receive("i", "m", protocol::Mode::sync, {});
  const RenderContext context{.request = nobody};
  std::string out;
  EXPECT_THAT(compile("${user}").append_json(out, context)->message, HasSubstr("not logged in"));
  EXPECT_THAT(compile("${device}").append_json(out, context)->message, HasSubstr("no device"));
  EXPECT_THAT(compile("${i}").append_json(out, context)->message, HasSubstr("no such repeat"));
  EXPECT_THAT(compile("${var.x}").append_json(out, context)->message, HasSubstr("no such variable"));
  EXPECT_EQ(out, "");
}

TEST(Template, RefusesWhatItCannotRead) {
  const std::vector<Row> rows = {
      {"${}", "expected a name, a number or a text"},
      {"${", "the expression has no end"},
      {"${id", "expected an operator or \"}\""},
      {"${id id}", "expected an operator or \"}\""},
      {"${1 +}", "expected a name, a number or a text"},
      {"${(1}", "expected \")\""},
      {"${1.2.3}", "\"1.2.3\" is not a number"},
      {"${12ab}", "\"12ab\" is not a number"},
      {"${idd}",
       "unknown name \"idd\", expected one of id, job, seq, cmd, mode, args, raw_args, user, device, now_ms, opt, var, env, "
       "random, true, false, null; did you mean \"id\"?"},
      {"${i}", "unknown name \"i\""},
      {"${opt}", "expected \".name\""},
      {"${opt.}", "expected a name"},
      {"${opt[n]}", "expected a text in single quotes"},
      {"${opt['n'}", "expected \"]\""},
      {"${opt['n}", "the text has no closing quote"},
      {"${opt[", "expected a text in single quotes"},
      {"${var}", "expected \".name\""},
      {"${args[x]}", "expected the number of an argument"},
      {"${args[-1]}", "expected the number of an argument"},
      {"${args[1}", "expected \"]\""},
      {"${env}", "expected \":NAME\""},
      {"${env:}", "expected a name"},
      {"${env:BROKEN}", "the value of BROKEN in the environment is not UTF-8"},
      {"${random}", "expected \"random.int(low, high)\""},
      {"${random.itn(1,2)}", "did you mean \"int\"?"},
      {"${random.int(1)}", "expected \",\""},
      {"${random.int 1,2)}", "expected \"(\""},
      {"${random.int(1,2}", "expected \")\""},
      {"${id ? 1}", "expected an operator"},
      {"ok ${id} then ${idd}", "in \"${idd}\": unknown name"},
  };
  for (const Row& row : rows) EXPECT_THAT(error_of(row.text), HasSubstr(row.json)) << row.text;
}

TEST(Template, ReportsEveryBadPlaceholderOfAText) {
  CompileScope scope{{}, environment};
  TemplateBuilder builder{scope};
  EXPECT_EQ(builder.string("${idd} ${jobb} ${id}").size(), 2U);
}

TEST(Template, BoundsExpressions) {
  std::string sum = "${1";
  for (int i = 0; i < 300; ++i) sum += "+1";
  EXPECT_THAT(error_of(sum + "}"), HasSubstr("too long"));
  EXPECT_THAT(error_of("${" + std::string(100'000, '(') + "1"), HasSubstr("nested too deep"));
  EXPECT_THAT(error_of("${" + std::string(100'000, '-') + "1"), HasSubstr("nested too deep"));
  std::string defaults = "${opt.a";
  for (int i = 0; i < 100; ++i) defaults += " ?? opt.a";
  EXPECT_THAT(error_of(defaults + "}"), HasSubstr("nested too deep"));
}

TEST(Template, RandomIsADrawAndNothingElse) {
  const Template dice = compile("${random.int(1,6)}");
  const Template two = compile("${random.int(1,1000000)} ${random.int(1,1000000)}");
  std::set<std::string> seen;
  for (std::uint64_t draw = 0; draw < 300; ++draw) {
    EXPECT_EQ(render(dice, draw), render(dice, draw));
    seen.insert(render(dice, draw));
    const std::string pair = render(two, draw);
    const std::size_t space = pair.find(' ');
    EXPECT_NE(pair.substr(1, space - 1), pair.substr(space + 1, pair.size() - space - 2));  // each placeholder has its own
  }
  EXPECT_EQ(seen, (std::set<std::string>{"1", "2", "3", "4", "5", "6"}));
  EXPECT_EQ(render(compile("${random.int(-3,-3)}")), "-3");
  EXPECT_EQ(render(compile("${random.int(0.5, 1.5)}")), "1");
}

TEST(Template, UuidsAreOfVersionFour) {
  std::set<std::string> seen;
  for (std::uint64_t draw = 0; draw < 100; ++draw) {
    const std::string uuid = render(compile("${random.uuid}"), draw);
    EXPECT_THAT(uuid, MatchesRegex("\"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\""));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST(Template, InnerLoopsHideOuterOnesOfTheSameName) {
  const ReceivedRequest received = request();
  const std::vector<std::uint64_t> loops = {7, 8, 9};
  std::string out;
  EXPECT_FALSE(compile("${a}${b}", {"a", "b", "a"}).append_json(out, {.request = received, .loops = loops}));
  EXPECT_EQ(out, R"("98")");
}

TEST(Template, RendersAsTextAndAsCount) {
  const ReceivedRequest received = request();
  const RenderContext context{.request = received};
  const auto text = [&](const std::string& source) { return std::get<std::string>(compile(source).text(context)); };
  EXPECT_EQ(text("a \"${id}\"\n"), "a \"id-1\"\n");
  EXPECT_EQ(text("${opt.n}"), "4");
  EXPECT_EQ(text("${null}"), "null");
  EXPECT_EQ(std::get<RenderError>(compile("${opt.x}").text(context)).message,
            "opt.x is missing: the request has no option --x");

  const auto count = [&](const std::string& source) { return compile(source).count(context); };
  EXPECT_EQ(std::get<std::uint64_t>(count("${opt.n}")), 4U);
  EXPECT_EQ(std::get<std::uint64_t>(count("${args[2]}")), 7U);
  EXPECT_EQ(std::get<std::uint64_t>(count("${0}")), 0U);
  EXPECT_EQ(std::get<std::uint64_t>(count("${1e6}")), Template::max_count);
  for (const std::string bad : {"${1000001}", "${-1}", "${1.5}", "${id}", "x${opt.n}"}) {
    EXPECT_EQ(std::get<RenderError>(count(bad)).message,
              (bad[0] == 'x' ? '"' + bad + '"' : bad) + " is no whole number from 0 to 1000000");
  }
  EXPECT_THAT(std::get<RenderError>(count("${opt.x}")).message, HasSubstr("missing"));
}

TEST(Template, KnowsWhenItIsConstant) {
  EXPECT_EQ(compile("abc").constant_json(), R"("abc")");
  EXPECT_EQ(compile("$${id}").constant_json(), R"("${id}")");
  EXPECT_EQ(compile("${id}").constant_json(), std::nullopt);
  EXPECT_EQ(Template{}.constant_json(), "null");
  EXPECT_EQ(Template::constant("[1]").constant_json(), "[1]");
  CompileScope scope{{}, environment};
  EXPECT_EQ(TemplateBuilder{scope}.build().constant_json(), "");
}

TEST(Number, IsJsonAndNothingElse) {
  for (const std::string good : {"0", "-0", "4", "4.50", "1e3", "1E-3", "-12.5e+2", "12345678901234567890"}) {
    EXPECT_TRUE(number_of(good)) << good;
  }
  for (const std::string bad :
       {"", " 4", "4 ", "+4", "04", ".5", "5.", "0x10", "1e", "nan", "inf", "1e999", "4,5", "4x", "-", "١"}) {
    EXPECT_FALSE(number_of(bad)) << bad;
  }
}

TEST(Names, ForLoops) {
  for (const std::string good : {"i", "_x", "a1", "Phase"}) EXPECT_TRUE(is_identifier(good) && !is_reserved_name(good)) << good;
  for (const std::string bad : {"", "1a", "a-b", "a b", "ä"}) EXPECT_FALSE(is_identifier(bad)) << bad;
  for (const std::string taken : {"id", "opt", "random", "now_ms", "null"}) EXPECT_TRUE(is_reserved_name(taken)) << taken;
}

}  // namespace
}  // namespace procedura::mock
