#pragma once

#include <procedura/conformance/correlation.hpp>
#include <procedura/conformance/judge.hpp>
#include <procedura/conformance/profile.hpp>
#include <procedura/conformance/raw_connection.hpp>
#include <procedura/conformance/registry.hpp>
#include <procedura/conformance/secrets.hpp>
#include <procedura/conformance/transcript.hpp>
#include <procedura/conformance/wire.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::conformance {

class Connection;

/// A request as a case words it.
struct Request {
  std::string id;
  std::string cmd;
  std::vector<std::string> args;  ///< the module's own
  protocol::Mode mode = protocol::Mode::sync;
};

/// Thrown by a case that cannot be told to its end, for a reason that none of its checks is about. What it has not judged yet
/// is UNTESTABLE.
struct CannotGoOn {
  std::string why;
};

/// Thrown out of any wait when the run's own time is over, or somebody has interrupted it.
struct RunOver {};

/// What surrounds one case while it runs.
struct CaseSetting {
  const Profile& profile;
  Dialer& dialer;
  Secrets& secrets;
  std::uint64_t seed;
  TimePoint run_ends;
  const std::atomic<bool>* interrupted = nullptr;  ///< null: nobody interrupts
};

/// One case while it runs: what the code in the registry speaks to. Blocking, used by one thread.
class Case {
 public:
  Case(const CaseSpec& spec, CaseSetting setting);
  ~Case();
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  const Profile& profile() const { return setting_.profile; }
  const CaseSpec& spec() const { return spec_; }

  // Connections live until the case ends. A connection that was refused is there too: it knows why.
  Connection& dial(const Offer& offer = {});
  Connection& connect(const Offer& offer = {});  ///< throws CannotGoOn where `dial` would tell
  /// Bytes below WebSocket, or below TLS. One that could not be made is there too: it knows why.
  RawConnection& dial_raw(Depth depth = Depth::below_websocket);
  Address address() const { return setting_.dialer.address(); }
  Duration elapsed();  ///< since the case began
  /// A connection that speaks as a user, as documented: where the profile has a login, on a first connection, then anew with
  /// the token in both places (LOG-2).
  Connection& session();
  /// A token of this case's own device; throws CannotGoOn if there is none to be had.
  const std::string& token();

  Request request(Need module, protocol::Mode mode = protocol::Mode::sync);
  Request request(std::string cmd, std::vector<std::string> args, protocol::Mode mode = protocol::Mode::sync);
  Request slow(std::chrono::milliseconds for_how_long, protocol::Mode mode = protocol::Mode::sync);
  Request login(std::vector<std::string> options, const std::string& credential);
  Request login() { return login({"--replace", "--device=" + device()}, credential()); }
  const std::string& credential() const { return profile().credentials.front().credential; }
  std::string text_of(const Request& request) const;  ///< as it is sent: in the first style that the profile claims
  std::string device() const;                         ///< nobody else's
  std::string fresh_id();                             ///< 8 hex digits (REQ-2)
  std::string fresh_word(std::string_view stem);

  /// False for a check of a clause that is ours alone and not declared: what is judged about it is dropped.
  bool wants(std::string_view check) const;
  void judge(std::string_view check, Finding finding);
  /// Makes a value known as a secret, so that no report shows it.
  void keep_secret(std::string_view secret);

  const std::map<std::string_view, Finding>& findings() const { return findings_; }
  const Transcript& transcript() const { return transcript_; }

 private:
  friend class Connection;
  friend class RawConnection;
  void note(Entry::Kind kind, unsigned connection, std::string text);
  /// Throws `RunOver` if the run is over; else how long a wait that ends at `until` may last before it asks again.
  TimePoint wait_until(TimePoint until);
  unsigned next_ordinal() const { return static_cast<unsigned>(connections_.size() + raw_connections_.size() + 1); }
  TimePoint patience_ends() const;  ///< for one answer
  /// True when so much has come that the rest is not read: a case costs its deadline and so many bytes, whatever the agent
  /// does.
  bool flooded(std::size_t bytes);

  const CaseSpec& spec_;
  CaseSetting setting_;
  TimePoint began_;
  TimePoint ends_;
  std::uint64_t draws_ = 0;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
  std::size_t secrets_ = 0;
  std::string token_;
  std::deque<Connection> connections_;
  std::deque<RawConnection> raw_connections_;
  std::map<std::string_view, Finding> findings_;
  Transcript transcript_;
};

/// One connection of a case, with its part of the transcript.
class Connection {
 public:
  Connection(Case& owner, unsigned ordinal, const Offer& offer);

  bool open() const { return wire_ != nullptr; }
  unsigned status() const { return status_; }  ///< of the handshake's response; 0: none
  const std::string& subprotocol() const { return subprotocol_; }
  /// Why it is not open, for people.
  const std::string& why() const { return why_; }

  Exchange& send(const Request& request);
  /// Sends `text` as it stands, and expects answers to it under `id`.
  Exchange& send_as(const Request& request, std::string text);
  /// With a member of no meaning that makes the message so many bytes long.
  Exchange& send_padded(const Request& request, std::size_t bytes);
  Exchange& send_fragments(const Request& request, std::size_t parts);
  /// Sends nothing, and expects answers under its id: the request goes out in a way of its own.
  Exchange& expect(const Request& request);
  void send_raw(std::string text);
  void send_binary(std::string bytes);

  /// Reads until `exchange` is over; `extra` is how long it may take beyond the profile's patience. False if it never was.
  bool until_over(Exchange& exchange, Duration extra = {});
  /// Reads until the agent has closed the connection. False if it stayed open.
  bool until_closed();
  std::uint16_t close_code() const { return close_code_; }  ///< of the agent's Close; 0: none came
  Exchange& call(const Request& request, Duration extra = {});
  /// A request answered on this connection, then a short quiet time: what was on its way has arrived. False if it was not.
  bool fence();
  void send_ping(const std::string& payload);
  /// Sends a ping and reads until its payload comes back.
  bool ping(const std::string& payload);
  /// The payloads of all pongs that came.
  const std::vector<std::string>& pongs() const { return pongs_; }
  struct Ended {
    bool clean = false;
    std::uint16_t code = 0;  ///< of the agent's Close; 0: none came, or one without a code
    std::string how;
  };
  /// Closes and reads to the end.
  Ended close(std::uint16_t code = 1000, std::string reason = {});
  /// Reads whatever comes for so long. False if the connection ended before.
  bool stay(Duration time);

  const Correlation& correlation() const { return correlation_; }
  std::string text_of(const Request& request) const { return owner_.text_of(request); }

 private:
  bool until(const std::function<bool()>& done, Duration patience, std::string& gave_up, TimePoint wake = TimePoint::max());
  void take(const Arrival& arrival);

  Case& owner_;
  unsigned ordinal_;
  std::unique_ptr<Wire> wire_;
  unsigned status_ = 0;
  bool cut_short_ = false;  ///< the latest wait ended with the case, before the peer had its time
  bool clean_end_ = false;
  std::uint16_t close_code_ = 0;
  std::string subprotocol_;
  std::string why_;
  std::vector<std::string> pongs_;
  Correlation correlation_;
};

}  // namespace procedura::conformance
