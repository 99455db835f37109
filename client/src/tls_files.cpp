#include "tls_files.hpp"

#include "tls_certificate.hpp"

#include <procedura/protocol/redaction.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace procedura::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_at_most = std::size_t{16} * 1024 * 1024;
constexpr std::string_view to_pem = "; from another format: `openssl x509 -in FILE -out FILE.pem`";

Failure unusable(std::string_view what, const std::string& file, std::string_view why, std::string_view remedy) {
  return Failure::of(errc::tls_failed, "cannot use the " + std::string{what} + " " + protocol::printable(file) + ": " +
                                           std::string{why} + "; " + std::string{remedy});
}

// The whole file, or why there is none. A pipe will do: `--ca <(...)`.
struct Content {
  std::string text;
  std::string problem;
};

Content read(const std::string& file) {
  std::error_code ec;
  if (fs::is_directory(file, ec)) return {{}, "it is a folder"};
  errno = 0;
  std::ifstream stream{file, std::ios::binary};
  if (!stream) return {{}, errno != 0 ? std::strerror(errno) : "it cannot be opened"};
  Content content;
  content.text.resize(4096);
  std::size_t size = 0;
  while (stream.read(content.text.data() + size, static_cast<std::streamsize>(content.text.size() - size)),
         stream.gcount() > 0) {
    size += static_cast<std::size_t>(stream.gcount());
    if (size > file_at_most) return {{}, "it has more than 16 MiB"};
    if (size == content.text.size()) content.text.resize(2 * size);
  }
  content.text.resize(size);
  if (content.text.empty()) content.problem = "it is empty";
  return content;
}

OpenSslPtr<BIO> bytes(const std::string& text) {
  return OpenSslPtr<BIO>{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// PEM ends where the next block does not begin.
bool came_to_the_end() {
  const auto code = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

Result<void> trust_file(X509_STORE* store, const std::string& file) {
  constexpr std::string_view remedy = "--ca takes a PEM file with certificates, or a folder of such files";
  const Content content = read(file);
  if (!content.problem.empty()) return unusable("CA file", file, content.problem, remedy);
  ERR_clear_error();
  const auto from = bytes(content.text);
  int count = 0;
  while (const OpenSslPtr<X509> certificate{PEM_read_bio_X509_AUX(from.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return unusable("CA file", file, latest_openssl_error(), remedy);
    ++count;
  }
  if (!came_to_the_end()) return unusable("CA file", file, latest_openssl_error(), remedy);
  if (count == 0)
    return unusable("CA file", file, "there is no PEM certificate in it", std::string{remedy} + std::string{to_pem});
  return {};
}

Result<void> trust_folder(X509_STORE* store, const std::string& folder) {
  std::set<fs::path> files;  // in order, so that the same one is complained about each time
  std::error_code ec;
  for (fs::directory_iterator at{folder, ec}; !ec && at != fs::directory_iterator{}; at.increment(ec)) {
    const auto extension = at->path().extension();
    if (extension == ".pem" || extension == ".crt" || extension == ".cer") files.insert(at->path());
  }
  if (ec) return unusable("CA folder", folder, ec.message(), "it has to be readable");
  if (files.empty())
    return unusable("CA folder", folder, "there is no *.pem, *.crt or *.cer in it", "put the authority's PEM file there");
  for (const auto& file : files) {
    if (auto done = trust_file(store, file.string()); !done) return done;
  }
  return {};
}

// OpenSSL would pass over a variable that names nothing.
Result<void> check_environment() {
  const char* file = std::getenv("SSL_CERT_FILE");
  if (file == nullptr || *file == '\0') return {};
  if (const Content content = read(file); !content.problem.empty()) {
    return unusable("file that SSL_CERT_FILE names,", file, content.problem, "mend or unset the variable, or give --ca");
  }
  return {};
}

// What `PEM_read_bio_PrivateKey` asks for a password; nobody else is asked.
struct Password {
  const std::optional<std::string>& text;
  bool asked = false;
};

int tell_password(char* into, int size, int /*for_writing*/, void* data) {
  auto& password = *static_cast<Password*>(data);
  password.asked = true;
  if (!password.text || password.text->size() > static_cast<std::size_t>(size)) return -1;
  std::copy(password.text->begin(), password.text->end(), into);
  return static_cast<int>(password.text->size());
}

Result<void> show_key(SSL_CTX* context, const TlsOptions& options, const std::string& file) {
  const Content content = read(file);
  if (!content.problem.empty()) return unusable("key", file, content.problem, "--key takes a PEM file");
  ERR_clear_error();
  Password password{options.key_password};
  const OpenSslPtr<EVP_PKEY> key{PEM_read_bio_PrivateKey(bytes(content.text).get(), nullptr, &tell_password, &password)};
  if (!key) {
    const std::string why = latest_openssl_error();
    // OpenSSL would say "unsupported" to whatever is no key.
    const bool nothing = content.text.find("PRIVATE KEY-----") == std::string::npos;
    if (password.asked && !options.key_password) {
      return unusable("key", file, "it is encrypted", "give its password (PROCEDURA_KEY_PASSWORD), or a key without one");
    }
    if (password.asked) return unusable("key", file, "the password does not open it", "give the right one");
    if (nothing && !options.key) return unusable("certificate", file, "its key is not in it", "give the key with --key FILE");
    return unusable("key", file, nothing ? "there is no PEM key in it" : why, "--key takes a PEM file with a private key");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return unusable("key", file, "it is not the key of " + protocol::printable(*options.certificate),
                    "give the two that belong together");
  }
  return {};
}

Result<void> show_certificate(SSL_CTX* context, const std::string& file) {
  constexpr std::string_view remedy = "--cert takes a PEM file, our own certificate first";
  const Content content = read(file);
  if (!content.problem.empty()) return unusable("certificate", file, content.problem, remedy);
  ERR_clear_error();
  const auto from = bytes(content.text);
  const OpenSslPtr<X509> own{PEM_read_bio_X509_AUX(from.get(), nullptr, nullptr, nullptr)};
  if (!own) {
    const bool nothing = came_to_the_end();
    const std::string why = latest_openssl_error();
    return unusable("certificate", file, nothing ? "there is no PEM certificate in it" : why,
                    std::string{remedy} + std::string{to_pem});
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1) return unusable("certificate", file, latest_openssl_error(), remedy);
  while (const OpenSslPtr<X509> next{PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return unusable("certificate", file, latest_openssl_error(), remedy);
  }
  if (!came_to_the_end()) return unusable("certificate", file, latest_openssl_error(), remedy);
  return {};
}

}  // namespace

Result<void> trust(SSL_CTX* context, const TlsOptions& options) {
  if (!options.ca) {
    if (auto sound = check_environment(); !sound) return sound;
    if (SSL_CTX_set_default_verify_paths(context) != 1) {
      return Failure::of(errc::tls_failed, "cannot use the system's authorities: " + latest_openssl_error());
    }
    ERR_clear_error();
    return {};
  }
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  // Whoever names a certificate trusts it, also if somebody else signed it.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  std::error_code ec;
  return fs::is_directory(*options.ca, ec) ? trust_folder(store, *options.ca) : trust_file(store, *options.ca);
}

Result<void> show(SSL_CTX* context, const TlsOptions& options) {
  if (!options.certificate) {
    if (!options.key) return {};
    return Failure::of(errc::tls_failed, "there is a key without a certificate: --key belongs to a --cert");
  }
  if (auto done = show_certificate(context, *options.certificate); !done) return done;
  return show_key(context, options, options.key.value_or(*options.certificate));
}

bool system_trusts_nobody() {
  const auto named = [](const char* variable, const char* otherwise) {
    const char* value = std::getenv(variable);
    return std::string{value != nullptr && *value != '\0' ? value : otherwise};
  };
  std::error_code ec;
  if (fs::exists(named(X509_get_default_cert_file_env(), X509_get_default_cert_file()), ec)) return false;
  const std::string folders = named(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  for (std::size_t begin = 0; begin <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    if (fs::directory_iterator{folders.substr(begin, end - begin), ec} != fs::directory_iterator{}) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace procedura::detail
