#include "tls_context.hpp"

#include "tls_engine.hpp"
#include "tls_files.hpp"

#include <procedura/protocol/redaction.hpp>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace procedura::detail {
namespace {

constexpr std::size_t sessions_per_server = 4;
constexpr std::size_t servers_at_most = 256;

bool may_be_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

// What holds for a session: its own lifetime, and the dates of all that vouched for the server when it began.
bool still_holds(const TlsContextImpl::Session& kept, std::chrono::system_clock::time_point now) {
  const auto* session = kept.session.get();
  const auto begun = std::chrono::system_clock::from_time_t(SSL_SESSION_get_time(session));
  if (SSL_SESSION_is_resumable(session) != 1) return false;
  if (now < begun || now > begun + std::chrono::seconds{SSL_SESSION_get_timeout(session)}) return false;
  return !kept.info.verified || std::all_of(kept.info.chain.begin(), kept.info.chain.end(), [&](const CertificateInfo& it) {
    return it.not_before <= now && now <= it.not_after;
  });
}

}  // namespace

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return name.find('\0') == std::string::npos &&
         (::inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 || ::inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1);
}

std::optional<std::string> certified_name(std::string_view host) {
  if (host.find(':') != std::string_view::npos) host = host.substr(0, host.find('%'));
  if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
  std::string name{host};
  if (!is_address(name) && !may_be_name(name)) return std::nullopt;
  return name;
}

Result<std::unique_ptr<TlsContextImpl>> TlsContextImpl::make(const TlsOptions& options) {
  if (options.server_name && !certified_name(*options.server_name)) {
    return Failure::of(errc::tls_failed, "'" + protocol::printable(protocol::excerpt(*options.server_name, 80)) +
                                             "' is no name of a server: --server-name takes a host name or an address");
  }
  ERR_clear_error();
  std::unique_ptr<TlsContextImpl> made{new TlsContextImpl};
  made->options_ = options;
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made->native();
  const int oldest = options.minimum == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, oldest) != 1) {
    return Failure::of(errc::tls_failed, "cannot set TLS up: " + latest_openssl_error());
  }
  // Nobody may begin a handshake anew within a connection: reading then never has to write.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  if (!options.insecure || options.ca) {
    if (auto done = trust(context, options); !done) return done.error();
    made->system_trusts_nobody_ = !options.ca && detail::system_trusts_nobody();
  }
  if (auto done = detail::show(context, options); !done) return done.error();
  TlsEngine::set_up(context);
  return made;
}

void TlsContextImpl::keep(const std::string& whom, Session session) {
  if (!options_.resume) return;
  const std::lock_guard lock{mutex_};
  if (sessions_.size() >= servers_at_most && !sessions_.contains(whom)) sessions_.clear();
  auto& kept = sessions_[whom];
  kept.push_back(std::move(session));
  if (kept.size() > sessions_per_server) kept.pop_front();
}

std::optional<TlsContextImpl::Session> TlsContextImpl::take(const std::string& whom) {
  const auto now = std::chrono::system_clock::now();
  const std::lock_guard lock{mutex_};
  const auto found = sessions_.find(whom);
  if (found == sessions_.end()) return std::nullopt;
  while (!found->second.empty()) {
    Session latest = found->second.back();
    const bool holds = still_holds(latest, now);
    if (!holds || SSL_SESSION_get_protocol_version(latest.session.get()) >= TLS1_3_VERSION) found->second.pop_back();
    if (holds) return latest;
  }
  sessions_.erase(found);
  return std::nullopt;
}

}  // namespace procedura::detail

namespace procedura {

TlsContext::TlsContext(std::unique_ptr<detail::TlsContextImpl> impl) : impl_{std::move(impl)} {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsOptions& options) {
  auto impl = detail::TlsContextImpl::make(options);
  if (!impl) return std::move(impl).error();
  return std::shared_ptr<TlsContext>{new TlsContext{*std::move(impl)}};
}

}  // namespace procedura
