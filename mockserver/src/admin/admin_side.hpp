#pragma once

#include "admin/answers.hpp"
#include "admin/gate.hpp"
#include "admin/target.hpp"
#include "engine/engine.hpp"
#include "net/http_side.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace procedura::mock::admin {

/// The HTTP side of an agent, under /__admin: looks at it and acts on it. Every request that it answers is turned into a
/// response at once; of the journal, which may be long, while it is sent. Not thread-safe: called between inputs to the engine.
class AdminSide final : public net::HttpSide {
 public:
  /// `engine` must outlive it, and the bodies that it gave out.
  /// `resident_bytes` tells how much memory the process has, for the metrics; nobody: it is left out.
  using ResidentBytes = std::function<std::optional<std::uint64_t>()>;
  AdminSide(engine::Engine& engine, AdminOptions options, ResidentBytes resident_bytes = {});

  /// Where the server listens, once that is known: `host` as it goes into a URL. Before the first request.
  void listens_on(std::string host, std::uint16_t port, bool tls) { gate_.listens_on(std::move(host), port, tls); }

  /// Never throws for what a request says. To HEAD it gives what GET would have got: it is the carrier that leaves the body
  /// out.
  net::HttpResponse answer(const net::HttpRequest& request, const engine::Moment& moment, engine::Outputs& out) override;

 private:
  struct Call {
    const net::HttpRequest& request;
    const Target& target;
    std::string_view rest;  ///< of the path, behind the route's
    const engine::Moment& moment;
    engine::Outputs& out;
    const std::string* partition() const { return target.find("partition"); }
  };
  struct Route;
  static const std::vector<Route>& routes();

  net::HttpResponse answer_known(const net::HttpRequest& request, const engine::Moment& moment, engine::Outputs& out);
  net::HttpResponse dispatch(Call call);
  net::HttpResponse carry_out(const Route& route, const Call& call);
  net::HttpResponse unknown_path(std::string_view path) const;
  net::HttpResponse preflight() const;

  net::HttpResponse health(const Call& call);
  net::HttpResponse ready(const Call& call);
  net::HttpResponse state(const Call& call);
  net::HttpResponse connections(const Call& call);
  net::HttpResponse jobs(const Call& call);
  net::HttpResponse journal(const Call& call);
  net::HttpResponse metrics(const Call& call);
  net::HttpResponse verdict(const Call& call);
  net::HttpResponse verify(const Call& call);
  net::HttpResponse scenario(const Call& call);
  net::HttpResponse adopt(const Call& call);
  net::HttpResponse reset(const Call& call);
  net::HttpResponse emit(const Call& call);
  net::HttpResponse drop(const Call& call);
  net::HttpResponse page(const Call& call);
  net::HttpResponse to_page(const Call& call);

  /// Of the partition that is asked for, or of all; nothing if there is none of that name.
  std::optional<Verdict> verdict_of(const std::string* partition) const;
  /// What is wrong with the partition that is asked for, if it is not there.
  std::optional<net::HttpResponse> missing(const std::string* partition) const;
  net::HttpResponse not_open(engine::ConnectionId connection) const;
  /// What is wrong with a body where there should be none.
  std::optional<net::HttpResponse> no_body(const Call& call) const;
  net::HttpResponse bad_request(std::string message) const;

  engine::Engine& engine_;
  Gate gate_;
  ResidentBytes resident_bytes_;
  Answers answers_;
};

}  // namespace procedura::mock::admin
