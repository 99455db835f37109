// How to repeat by hand what a case did: bash alone, for somebody who has neither this suite nor any WebSocket client.
#include "evidence.hpp"

#include <procedura/protocol/redaction.hpp>
#include <procedura/url.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace procedura::conformance {
namespace {

constexpr std::size_t most_frames = 20;  // of a connection: a hand repeats no more

/// A word for bash, whatever bytes are in it. NUL cannot be: it ends a word.
std::string in_bash(std::string_view text) {
  if (protocol::printable(text) == text) {
    std::string out = "'";
    for (const char c : text) {
      out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    }
    return out + "'";
  }
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f || c == '\'' || c == '\\' ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return out + "'";
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

class Recipe {
 public:
  Recipe(const Endpoint& endpoint, const Transcript& transcript) : endpoint_{endpoint}, transcript_{transcript} {}

  std::vector<std::string> lines() {
    unsigned connections = 0;
    for (const Entry& entry : transcript_) {
      connections = std::max(connections, entry.connection);
    }
    // Masked with zeros: what is sent can be read. Lengths are counted when it runs, after secrets have been put in.
    lines_.emplace_back(R"(say() { local LC_ALL=C n=${#1} l; if ((n < 126)); then printf -v l '\\x%x' $((n + 128)); )"
                        R"(else printf -v l '\\xfe\\x%x\\x%x' $((n >> 8)) $((n & 255)); fi; )"
                        R"(printf "\\x81$l\\0\\0\\0\\0" >&4; printf %s "$1" >&4; })");
    for (unsigned connection = 1; connection <= connections; ++connection) {
      for_one(connection);
    }
    return std::move(lines_);
  }

 private:
  void for_one(unsigned connection) {
    std::size_t frames = 0;
    for (const Entry& entry : transcript_) {
      if (entry.connection != connection) {
        continue;
      }
      if (entry.kind == Entry::Kind::dialed) {
        handshake(connection, entry.text);
      } else if (entry.kind == Entry::Kind::sent || entry.kind == Entry::Kind::sent_raw) {
        if (++frames <= most_frames) {
          sent(entry);
        }
      }
    }
    if (frames > most_frames) {
      lines_.push_back(fmt::format("# ... and {} more", frames - most_frames));
    }
    lines_.emplace_back("timeout 5 cat <&3");
  }

  void handshake(unsigned connection, std::string_view offered) {
    lines_.push_back(fmt::format("# connection {}", connection));
    if (endpoint_.secure) {
      lines_.push_back(fmt::format("coproc tls {{ openssl s_client -quiet -connect {} 2>/dev/null; }}",
                                   in_bash(fmt::format("{}:{}", endpoint_.host, endpoint_.port))));
      lines_.emplace_back(R"(exec 3<&"${tls[0]}" 4>&"${tls[1]}")");
    } else {
      lines_.push_back(fmt::format("exec 3<>/dev/tcp/{}/{} 4>&3", endpoint_.host, endpoint_.port));
    }
    std::string head = "printf '%s\\r\\n' " + in_bash("GET " + endpoint_.target + " HTTP/1.1") + " " +
                       in_bash("Host: " + endpoint_.host_header()) +
                       " 'Upgrade: websocket' 'Connection: Upgrade' 'Sec-WebSocket-Version: 13'"
                       " 'Sec-WebSocket-Key: cHJvY2VkdXJhLXRlc3Qhdg=='";
    for (const std::string& header : headers(offered)) {
      head += " " + in_bash(header);
    }
    lines_.push_back(head + " '' >&4");
    lines_.emplace_back(R"(while IFS= read -r -u 3 line && [ "$line" != $'\r' ]; do echo "$line"; done)");
  }

  /// "handshake with Sec-WebSocket-Protocol: x; Authorization: y"
  static std::vector<std::string> headers(std::string_view offered) {
    constexpr std::string_view with = "handshake with ";
    std::vector<std::string> out;
    if (!starts_with(offered, with)) {
      return out;
    }
    for (offered.remove_prefix(with.size()); !offered.empty();) {
      const auto end = std::min(offered.find("; "), offered.size());
      if (offered.substr(0, end).find(": ") != std::string_view::npos) {
        out.emplace_back(offered.substr(0, end));
      }
      offered.remove_prefix(std::min(end + 2, offered.size()));
    }
    return out;
  }

  void sent(const Entry& entry) {
    constexpr std::string_view text_message = "text message: ";
    constexpr std::string_view cut = " bytes in all)";
    std::string_view text = entry.text;
    const bool framed = entry.kind == Entry::Kind::sent || starts_with(text, text_message);
    if (entry.kind == Entry::Kind::sent_raw && framed) {
      text.remove_prefix(text_message.size());
    }
    const bool whole = text.size() < cut.size() || text.substr(text.size() - cut.size()) != cut;
    if (framed && whole && text.find('\0') == std::string_view::npos) {
      lines_.push_back("say " + in_bash(text));
    } else {
      lines_.push_back("# " + protocol::printable(protocol::excerpt(text, 200)));
    }
  }

  const Endpoint& endpoint_;
  const Transcript& transcript_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> by_hand(const RunReport& report, const CaseResult& result) {
  const auto endpoint = Endpoint::parse(report.url);
  if (report.subject != Subject::agent || !endpoint || result.transcript.empty()) {
    return {};
  }
  return Recipe{*endpoint, result.transcript}.lines();
}

}  // namespace procedura::conformance
