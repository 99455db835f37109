// mockserver/handshake.md, row by row: every token, every way to show it, every `refuse` and `echo`.
#include "engine_driver.hpp"

#include <fstream>
#include <sstream>

namespace procedura::mock::engine {
namespace {

using Row = std::vector<std::string>;

std::string page() {
  std::ifstream file{PROCEDURA_HANDSHAKE_PAGE};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string scenario_of(const std::string& page) {
  const auto begin = page.find("```json\n") + 8;
  return page.substr(begin, page.find("```", begin) - begin);
}

// A cell without its spaces and backticks.
std::string plain(std::string cell) {
  cell.erase(0, std::min(cell.find_first_not_of(" `"), cell.size()));
  cell.erase(cell.find_last_not_of(" `") + 1);
  return cell;
}

// The rows of the table below the heading, its own heading first.
std::vector<Row> table(const std::string& page, std::string_view heading) {
  std::istringstream lines{page.substr(page.find(heading))};
  std::vector<Row> rows;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('|')) {
      if (!rows.empty()) break;
      continue;
    }
    if (line.starts_with("|---")) continue;
    Row row;
    std::istringstream cells{line.substr(1)};
    for (std::string cell; std::getline(cells, cell, '|');) row.push_back(plain(cell));
    rows.push_back(row);
  }
  return rows;
}

Upgrade showing(const std::string& subprotocols, const std::string& authorization) {
  Upgrade upgrade;
  upgrade.subprotocols = subprotocols;
  upgrade.authorization = authorization;
  return upgrade;
}

std::unique_ptr<Driver> world(const std::string& scenario, const std::string& refuse, const std::string& echo) {
  json changed = json::parse(scenario);
  changed["auth"]["refuse"] = refuse;
  changed["auth"]["echo"] = echo;
  auto driver = std::make_unique<Driver>(changed.dump());
  driver->advance(std::chrono::minutes{2});
  return driver;
}

std::string outcome(Driver& world, const Upgrade& upgrade) {
  const auto decision = world.engine.upgrade({world.now, world.wall}, upgrade);
  if (std::holds_alternative<door::Stall>(decision)) return "no answer";
  if (const auto* refused = std::get_if<door::Refuse>(&decision)) return "HTTP " + std::to_string(refused->http_status);
  const auto connection = world.connect(std::get<door::Accept>(decision));
  if (world.close_code(connection) != 0) return "close " + std::to_string(world.close_code(connection));
  const json answer = world.answer(connection, request_text("1", "m"));
  return answer.at("status") == "finished" ? "runs" : answer.at("code").get<std::string>();
}

TEST(HandshakeMatrix, TheTokenFaresAsThePageSays) {
  const std::string text = page();
  const auto rows = table(text, "## What becomes of the token");
  ASSERT_GE(rows.size(), 20U);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    ASSERT_EQ(rows[r].size(), 7U) << rows[r].front();
    for (std::size_t c = 3; c < 7; ++c) {
      for (const std::string echo : {"offered", "never", "mine"}) {
        const auto driver = world(scenario_of(text), rows[0][c], echo);
        EXPECT_EQ(outcome(*driver, showing(rows[r][1], rows[r][2])), rows[r][c])
            << rows[r].front() << ", refuse " << rows[0][c] << ", echo " << echo;
      }
    }
  }
}

TEST(HandshakeMatrix, TheSelectionIsWhatThePageSays) {
  const std::string text = page();
  const auto rows = table(text, "## Which subprotocol is selected");
  ASSERT_GE(rows.size(), 8U);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    for (std::size_t c = 2; c < 5; ++c) {
      const std::string echo = rows[0][c] == "\"mine\"" ? "mine" : rows[0][c];
      for (const std::string refuse : {"error", "http-401", "close-4401", "stall"}) {
        const auto driver = world(scenario_of(text), refuse, echo);
        const auto decision = driver->engine.upgrade({driver->now, driver->wall}, showing(rows[r][0], rows[r][1]));
        const auto* accepted = std::get_if<door::Accept>(&decision);
        if (!accepted) continue;  // the other table's matter
        EXPECT_EQ(accepted->subprotocol.value_or(""), rows[r][c]) << "row " << r << ", refuse " << refuse << ", echo " << echo;
      }
    }
  }
}

}  // namespace
}  // namespace procedura::mock::engine
