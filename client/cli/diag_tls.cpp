#include "diag_tls.hpp"

#include "duration_text.hpp"

#include <procedura/protocol/redaction.hpp>

#include <algorithm>

namespace procedura::cli {
namespace {

using Time = std::chrono::system_clock::time_point;
constexpr std::size_t longest_name = 200;  // a certificate may carry kilobytes; --output json has it whole
constexpr std::size_t names_shown = 6;

std::string shortened(const std::string& text) {
  return protocol::excerpt(text, longest_name);
}

std::string names_of(const CertificateInfo& certificate) {
  std::string list;
  const std::size_t shown = std::min(certificate.names.size(), names_shown);
  for (std::size_t i = 0; i < shown; ++i) list += (list.empty() ? "for " : ", ") + shortened(certificate.names[i]);
  if (certificate.names.size() > shown) list += " and " + std::to_string(certificate.names.size() - shown) + " more";
  return list;
}

std::chrono::seconds until(Time then, Time now) {
  return std::chrono::floor<std::chrono::seconds>(then - now);
}

std::string validity(const CertificateInfo& certificate, Time now) {
  if (now < certificate.not_before)
    return "not valid before " + utc_time(certificate.not_before) + ": is the clock of this machine right?";
  if (now > certificate.not_after)
    return "EXPIRED " + lasting(until(now, certificate.not_after)) + " ago, on " + utc_date(certificate.not_after);
  return "expires in " + lasting(until(certificate.not_after, now)) + ", on " + utc_date(certificate.not_after);
}

std::string certificate_object(const CertificateInfo& certificate, Time now) {
  std::vector<std::string> names;
  for (const std::string& name : certificate.names) names.push_back(json_text(name));
  JsonObject object;
  object.text("subject", certificate.subject).text("issuer", certificate.issuer).raw("names", json_array(names));
  object.text("not_before", utc_time(certificate.not_before)).text("not_after", utc_time(certificate.not_after));
  const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - now);
  object.raw("days_left", std::to_string(days.count())).text("pin", certificate.pin.text());
  return object.str();
}

}  // namespace

Check tls_check(const TlsInfo& tls, const std::optional<protocol::Duration>& time, Time now) {
  Check check{"TLS", Check::State::ok, tls.version + ", " + tls.cipher + (tls.resumed ? ", session resumed" : "")};
  const auto soonest = std::min_element(tls.chain.begin(), tls.chain.end(),
                                        [](const auto& one, const auto& other) { return one.not_after < other.not_after; });
  check.summary +=
      tls.verified ? ", chain verified" : ", chain NOT verified: anybody could be in between; leave out --insecure";
  if (time) check.summary += " (" + milliseconds(*time) + " ms)";
  if (!tls.verified) check.state = Check::State::warning;
  if (soonest != tls.chain.end() && soonest->not_after - now < expires_soon) {
    check.state = Check::State::warning;
    check.summary += soonest->not_after < now
                         ? "; a certificate has expired: renew it"
                         : "; a certificate expires in " + lasting(until(soonest->not_after, now)) + ": renew it";
  }
  check.members.text("version", tls.version).text("cipher", tls.cipher).boolean("resumed", tls.resumed);
  add_chain(check, tls, now);
  if (time) check.members.raw("ms", exact_milliseconds(*time));
  return check;
}

void add_chain(Check& check, const TlsInfo& tls, Time now) {
  std::vector<std::string> chain;
  for (const CertificateInfo& certificate : tls.chain) {
    check.details.push_back((chain.empty() ? "certificate: " : "issued by:   ") + shortened(certificate.subject));
    const bool last = chain.size() + 1 == tls.chain.size();
    if (last && certificate.issuer != certificate.subject)
      check.details.push_back("  issued by " + shortened(certificate.issuer) + ", which was not sent");
    if (const std::string names = names_of(certificate); !names.empty()) check.details.push_back("  " + names);
    check.details.push_back("  " + validity(certificate, now));
    check.details.push_back("  pin " + certificate.pin.text());
    chain.push_back(certificate_object(certificate, now));
  }
  check.members.boolean("verified", tls.verified).raw("chain", json_array(chain));
}

}  // namespace procedura::cli
