#include "net/http_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace procedura::mock::net {
namespace {

// No header of ours may become two, whatever came to be in its value.
std::string one_line(std::string_view value) {
  std::string text{value};
  for (char& c : text) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  return text;
}

}  // namespace

std::string_view reason_of(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return status < 400 ? "OK" : status < 500 ? "Client Error" : "Server Error";
  }
}

void append_response(std::string& out, const HttpResponse& response, const HttpFraming& framing) {
  const auto to = std::back_inserter(out);
  const bool bodiless = response.status == 204 || response.status == 304;
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nServer: mock-agent\r\n", response.status, reason_of(response.status));
  if (!response.content_type.empty() && !bodiless) fmt::format_to(to, "Content-Type: {}\r\n", one_line(response.content_type));
  std::string connection = framing.keep_alive ? "" : "close";
  for (const auto& [name, value] : response.headers) {
    if (name == "Connection") {
      connection = one_line(value) + (connection.empty() ? "" : ", close");
    } else {
      fmt::format_to(to, "{}: {}\r\n", one_line(name), one_line(value));
    }
  }
  if (!connection.empty()) fmt::format_to(to, "Connection: {}\r\n", connection);
  if (response.source) {
    if (framing.chunks) out += "Transfer-Encoding: chunked\r\n";
  } else if (!bodiless) {
    fmt::format_to(to, "Content-Length: {}\r\n", response.body.size());
  }
  out += "\r\n";
  if (!framing.head && !response.source && !bodiless) out += response.body;
}

void append_chunk(std::string& out, std::string_view piece) {
  if (piece.empty()) return;
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
  out.append(piece).append("\r\n");
}

}  // namespace procedura::mock::net
