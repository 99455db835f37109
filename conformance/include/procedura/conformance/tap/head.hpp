#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::conformance::tap {

/// The head of an HTTP request or response, as it stood on the wire.
struct Head {
  std::string start;                                         ///< "GET / HTTP/1.1", "HTTP/1.1 101 Switching Protocols"
  std::vector<std::pair<std::string, std::string>> headers;  ///< in order; a line without a colon has its text as name

  /// Null if there is none; of several the first. Names are compared without regard to case.
  const std::string* find(std::string_view name) const;
  /// All values of this name, in order.
  std::vector<std::string_view> all(std::string_view name) const;
  void set(std::string_view name, std::string value);  ///< the first of this name; appended if there is none
  void add(std::string name, std::string value);       ///< one more
  void remove(std::string_view name);                  ///< all of this name
  unsigned status() const;                             ///< of a response; 0: it is none
  bool asks_for_websocket() const;                     ///< a request with `Upgrade: websocket`

  friend bool operator==(const Head&, const Head&) = default;
};

/// Reads what stands before the empty line, and that line. Takes anything: what is no HTTP shows as odd lines.
Head read_head(std::string_view text);

/// As it goes over the wire, with the empty line.
std::string render(const Head& head);

}  // namespace procedura::conformance::tap
