#pragma once

#include "engine/moment.hpp"
#include "engine/outputs.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::mock::net {

/// A plain HTTP request, one that is no upgrade, as its headers and body said it. Absent headers are empty; several of
/// a name are joined by commas.
struct HttpRequest {
  std::string method;  ///< `GET`
  std::string target;  ///< path and query, as sent
  std::string host;
  std::string origin;
  std::string authorization;
  std::string content_type;
  std::string body;
};

/// A body that is made while it is sent. Asked for more when all it gave has left, and again after each input to the engine as
/// long as it had nothing: a reader that is slow makes it be asked less often, and costs no memory.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece; empty: nothing for now.
  virtual std::string more() = 0;
  /// True: nothing will come any more.
  virtual bool over() const = 0;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::shared_ptr<BodySource> source = {};  ///< instead of `body`, in chunks
};

/// What answers plain HTTP under `/__admin`. Called as an input to the engine, on the server's thread.
class HttpSide {
 public:
  /// What is put into `out` is carried out when this returns.
  virtual HttpResponse answer(const HttpRequest& request, const engine::Moment& moment, engine::Outputs& out) = 0;

 protected:
  ~HttpSide() = default;
};

}  // namespace procedura::mock::net
