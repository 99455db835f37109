#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace procedura::testing {

/// `text` is what golden/`name` holds. PROCEDURA_GOLDEN=write writes it instead: then look at the difference.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string{PROCEDURA_GOLDEN_DIR} + "/" + name;
  if (const char* what = std::getenv("PROCEDURA_GOLDEN"); what != nullptr && std::string_view{what} == "write") {
    std::ofstream{path, std::ios::binary} << text;
    return;
  }
  std::ifstream file{path, std::ios::binary};
  ASSERT_TRUE(file) << path;
  EXPECT_EQ(text, (std::string{std::istreambuf_iterator<char>{file}, {}})) << path;
}

}  // namespace procedura::testing
