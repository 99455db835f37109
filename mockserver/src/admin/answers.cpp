#include "admin/answers.hpp"

#include <utility>

namespace procedura::mock::admin {

// Recurses no deeper than what the admin side makes up itself: frames are in it as texts.
void Answers::redact(Json& value) const {
  if (value.is_string()) {
    value = secrets_(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (auto& each : value) redact(each);
  }
}

net::HttpResponse Answers::json(Json body, unsigned status) const {
  redact(body);
  net::HttpResponse response;
  response.status = status;
  // Names and texts may come from peers; what is not UTF-8 in them must not cost the answer.
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

net::HttpResponse Answers::error(const Denial& denial, const Json& more) const {
  Json body{{"status", "error"}, {"code", denial.code}, {"message", denial.message}};
  body.update(more);
  auto response = json(std::move(body), denial.status);
  if (denial.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");  // RFC 9110 section 15.5.2
  return response;
}

}  // namespace procedura::mock::admin
