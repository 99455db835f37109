#include "draws.hpp"

#include <procedura/conformance/case.hpp>
#include <procedura/protocol/token.hpp>

#include <algorithm>
#include <stdexcept>

namespace procedura::conformance {
namespace {

constexpr std::size_t most_messages = 20'000;
constexpr std::size_t most_bytes = std::size_t{24} * 1024 * 1024;
// An agent that issues more tokens than this in one case wants the suite to be busy with them.
constexpr std::size_t most_secrets = 500;

}  // namespace

Offer Offer::both(const std::string& token) {
  Offer offer = bearer_only(token);
  if (protocol::is_subprotocol(token)) {
    offer.subprotocols.push_back(token);
  }
  return offer;
}

Offer Offer::subprotocol_only(const std::string& token) {
  return {{token}, {}, {}};
}

Offer Offer::bearer_only(const std::string& token) {
  return {{}, {{"Authorization", "Bearer " + token}}, {}};
}

Case::Case(const CaseSpec& spec, CaseSetting setting)
    : spec_{spec}, setting_{setting}, began_{setting.dialer.now()}, ends_{began_ + spec.deadline} {
  setting_.seed = seed_of(setting.seed, spec.id);
}

Case::~Case() = default;

Connection& Case::dial(const Offer& offer) {
  return connections_.emplace_back(*this, next_ordinal(), offer);
}

RawConnection& Case::dial_raw(Depth depth) {
  return raw_connections_.emplace_back(*this, next_ordinal(), depth);
}

TimePoint Case::patience_ends() const {
  return std::min({setting_.dialer.now() + profile().answer_within, ends_, setting_.run_ends});
}

Connection& Case::connect(const Offer& offer) {
  Connection& connection = dial(offer);
  if (!connection.open()) {
    throw CannotGoOn{"the connection was not made: " + connection.why()};
  }
  return connection;
}

Connection& Case::session() {
  return profile().has(Need::credential) ? connect(Offer::both(token())) : connect();
}

const std::string& Case::token() {
  if (token_.empty()) {
    const Exchange& login = connect().call(this->login());
    const auto token = session_token(login);
    if (!token) {
      throw CannotGoOn{"the login that this case begins with failed: " + story(login)};
    }
    if (!protocol::is_header_safe(*token)) {
      throw CannotGoOn{"the token that the login returned cannot be sent in a header"};
    }
    token_ = *token;
  }
  return token_;
}

Request Case::request(Need module, protocol::Mode mode) {
  const Module& found = profile().module(module);
  return request(found.cmd, found.args, mode);
}

Request Case::request(std::string cmd, std::vector<std::string> args, protocol::Mode mode) {
  return {fresh_id(), std::move(cmd), std::move(args), mode};
}

Request Case::slow(std::chrono::milliseconds for_how_long, protocol::Mode mode) {
  Request made = request(Need::slow, mode);
  made.args.push_back(profile().module(Need::slow).ms_option);
  made.args.push_back(std::to_string(for_how_long.count()));
  return made;
}

Request Case::login(std::vector<std::string> options, const std::string& credential) {
  options.insert(options.begin(), credential);
  return request("login_password", std::move(options));
}

std::string Case::text_of(const Request& request) const {
  std::string text;
  protocol::append_request(text, request.id, request.cmd, request.args, request.mode, profile().args_styles.front());
  return text;
}

std::string Case::device() const {
  std::string slug{spec_.id};
  slug[slug.find('/')] = '-';
  // Not the seed's alone: a run that is done again must not find the sessions that the first one left.
  const auto began = static_cast<std::uint64_t>(began_.time_since_epoch().count());
  return "conformance-" + slug + "-" + hex8(protocol::mix(setting_.seed, began));
}

std::string Case::fresh_id() {
  return hex8(protocol::mix(setting_.seed, ++draws_));
}

std::string Case::fresh_word(std::string_view stem) {
  return std::string{stem} + "-" + fresh_id();
}

bool Case::wants(std::string_view slug) const {
  const CheckSpec* check = spec_.find(slug);
  return check != nullptr && (check->source != Source::ours || profile().declared(check->clause));
}

void Case::judge(std::string_view slug, Finding finding) {
  const CheckSpec* check = spec_.find(slug);
  if (check == nullptr) {
    throw std::logic_error("the case judges " + std::string{slug} + ", which is none of its checks");
  }
  if (wants(slug) && !findings_.emplace(check->slug, std::move(finding)).second) {
    throw std::logic_error("the case judges " + std::string{slug} + " twice");
  }
}

Duration Case::elapsed() {
  return setting_.dialer.now() - began_;
}

TimePoint Case::wait_until(TimePoint until) {
  constexpr std::chrono::milliseconds attention{100};  // to Ctrl-C
  const TimePoint now = setting_.dialer.now();
  const bool interruptible = setting_.interrupted != nullptr;
  if (now >= setting_.run_ends || (interruptible && *setting_.interrupted)) {
    throw RunOver{};
  }
  until = std::min(until, setting_.run_ends);
  return interruptible ? std::min<TimePoint>(until, now + attention) : until;
}

void Case::keep_secret(std::string_view secret) {
  if (secrets_ < most_secrets) {
    secrets_ += 1;
    setting_.secrets.add(secret);
  }
}

void Case::note(Entry::Kind kind, unsigned connection, std::string text) {
  transcript_.push_back({kind, connection, elapsed(), std::move(text)});
}

bool Case::flooded(std::size_t bytes) {
  messages_ += 1;
  bytes_ += bytes;
  return messages_ > most_messages || bytes_ > most_bytes;
}

}  // namespace procedura::conformance
