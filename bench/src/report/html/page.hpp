#pragma once

#include <string>
#include <string_view>

namespace procedura::bench::html {

/// The page of a report without a run in it, made by CMake from bench/page/.
std::string_view empty_page() noexcept;

struct Parts {
  std::string title;  ///< markup, as the body
  std::string body;
  std::string json;  ///< of any content
};

/// The page with these in their places. What in the JSON could end the element that it lies in, is written as an escape of
/// JSON's.
std::string page_of(const Parts& parts);

}  // namespace procedura::bench::html
