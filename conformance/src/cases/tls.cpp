#include "cases.hpp"

#include <procedura/conformance/case.hpp>

namespace procedura::conformance::cases {
namespace {

// Why no agent of the catalogue turns these red.
constexpr std::string_view no_tls_there = "the mock in this process speaks no TLS: tests/unit/conformance/broken_tls_test.cpp";

void certificate(Case& c) {
  RawConnection& connection = c.dial_raw();
  const auto& tls = connection.tls();
  const Finding none = Finding::broken("no TLS: " + connection.why());
  c.judge("chain", !tls                    ? none
                   : tls->distrust.empty() ? Finding::kept()
                                           : Finding::broken(tls->distrust + " (" + tls->names + ")"));
  c.judge("name", !tls ? none : tls->name_fits ? Finding::kept() : Finding::broken("the certificate is for " + tls->names));
  c.judge("upgrade", connection.upgrade() ? Finding::kept() : Finding::broken("the upgrade was refused"));
}

void old_version(Case& c) {
  const auto modern = [&c] { return c.dial_raw().tls(); };
  const auto before = modern();
  RawConnection& old = c.dial_raw(Depth::old_tls);
  const Finding seen = old.open() ? Finding::broken("it was spoken: " + old.tls()->version) : Finding::kept();
  c.judge("refused", before && modern() ? seen : Finding::untestable("nor is a newer version spoken"));
  c.judge("spoken", before ? Finding::note(before->version) : Finding::untestable("no TLS"));
}

void plaintext(Case& c) {
  const auto mended = [&c] { return c.dial_raw().upgrade(); };
  const bool before = mended();
  RawConnection& plain = c.dial_raw(Depth::below_tls);
  const Finding seen = plain.upgrade() ? Finding::broken("HTTP 101") : Finding::kept();
  c.judge("refused", before && mended() ? seen : Finding::untestable("the same upgrade is refused over TLS as well"));
}

}  // namespace

void add_tls(Registry& all) {
  const std::vector<Need> needs = {Need::tls};
  all.push_back(
      {.id = "tls/certificate",
       .title = "What the agent shows in the TLS handshake",
       .needs = needs,
       .after = {},
       .session = false,
       .checks = {{"chain",
                   "CON-1",
                   Source::documented,
                   "a chain to an authority of the profile's, within its dates",
                   {},
                   no_tls_there},
                  {"name", "CON-1", Source::documented, "a certificate for the URL's host", {}, no_tls_there},
                  {"upgrade", "CON-1", Source::documented, "the WebSocket upgrade over it: HTTP 101", {}, no_tls_there}},
       .run = certificate});
  all.push_back({.id = "tls/old-version",
                 .title = "A TLS handshake with version 1.1 and nothing newer",
                 .needs = needs,
                 .after = {},
                 .session = false,
                 .checks = {{"refused", "CON-1", Source::documented, "no handshake (RFC 8996)", {}, no_tls_there},
                            {"spoken", "CON-1", Source::documented, "TLS 1.2 or 1.3", Level::may, "told, never judged"}},
                 .run = old_version});
  all.push_back({.id = "tls/plaintext",
                 .title = "An upgrade in clear text where TLS is spoken",
                 .needs = needs,
                 .after = {},
                 .session = false,
                 .checks = {{"refused", "CON-1", Source::documented, "no HTTP 101", {}, no_tls_there}},
                 .run = plaintext});
}

}  // namespace procedura::conformance::cases
