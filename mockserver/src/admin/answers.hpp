#pragma once

#include "admin/gate.hpp"
#include "net/http_side.hpp"

#include <procedura/protocol/redaction.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace procedura::mock::admin {

using Json = nlohmann::ordered_json;

/// What the answers of the admin side are made with. Every string that is to be shown passes through here (AUT-7), but for the
/// names of members, which are ours.
class Answers {
 public:
  explicit Answers(const protocol::Redactor& secrets) : secrets_{secrets} {}

  net::HttpResponse json(Json body, unsigned status = 200) const;
  /// In the shape of the protocol's own errors; `more` are further members.
  net::HttpResponse error(const Denial& denial, const Json& more = Json::object()) const;

 private:
  void redact(Json& value) const;
  const protocol::Redactor& secrets_;
};

}  // namespace procedura::mock::admin
