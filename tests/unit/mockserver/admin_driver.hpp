#pragma once

#include "admin/admin_side.hpp"
#include "engine_driver.hpp"

#include <string>
#include <string_view>

namespace procedura::mock::admin {

using engine::Driver;
using engine::request_text;
using nlohmann::json;

/// The admin side of an engine under test, and somebody who asks it as the mock's own page would.
class Admin {
 public:
  explicit Admin(std::string_view scenario, AdminOptions options = {}, engine::EngineOptions of_engine = {})
      : driver{scenario, std::move(of_engine)}, side_{driver.engine, with_port(std::move(options)), [] {
                                                        return std::optional<std::uint64_t>{4096};
                                                      }} {}

  static net::HttpRequest request(std::string_view method, std::string_view path) {
    net::HttpRequest made;
    made.method = method;
    made.target = "/__admin/" + std::string{path};
    made.host = "127.0.0.1:8765";
    return made;
  }

  net::HttpResponse answer(const net::HttpRequest& request) {
    net::HttpResponse response;
    driver.act([&](const engine::Moment& moment, engine::Outputs& out) { response = side_.answer(request, moment, out); });
    return response;
  }
  net::HttpResponse get(std::string_view path) { return answer(request("GET", path)); }
  net::HttpResponse send(std::string_view method, std::string_view path, std::string_view body = {}) {
    auto made = request(method, path);
    made.content_type = "application/json";
    made.body = body;
    return answer(made);
  }

  /// What a body says until it has nothing more for now.
  static std::string drained(const net::HttpResponse& response) {
    if (!response.source) return response.body;
    std::string all;
    while (!response.source->over()) {
      const auto more = response.source->more();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  json get_json(std::string_view path) { return json::parse(drained(get(path))); }

  Driver driver;

 private:
  static AdminOptions with_port(AdminOptions options) {
    if (options.port == 0) options.port = 8765;
    return options;
  }
  AdminSide side_;
};

inline std::string header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

inline std::vector<json> lines(const std::string& text) {
  std::vector<json> all;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find('\n', from);
    all.push_back(json::parse(text.substr(from, end - from)));
    from = end + 1;
  }
  return all;
}

}  // namespace procedura::mock::admin
