#pragma once

#include "io/connection.hpp"

#include <procedura/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace procedura::bench {

/// The connections of a run, by their numbers, and what is known of all of them together. One executor.
class Fleet {
 public:
  /// `events` outlives it. Whoever gets them passes `opened` and `ended` on.
  Fleet(boost::asio::any_io_executor executor, const TransportOptions& transport, ConnectionEvents& events);

  /// Opens connections 0 to `count` - 1, a few at a time. Once.
  void open(std::size_t count);
  bool all_open() const noexcept { return opened_ >= wanted_; }
  /// Puts another one in the place of one of `open` that has ended. Not from within an event.
  void open_again(std::size_t number);
  /// One more, for a single job; it begins to open. Numbers of those that have ended are used again.
  std::size_t add();
  void close(std::size_t number) { connections_[number]->close(); }
  void close_all();
  bool all_ended() const noexcept { return alive_ == 0; }

  void opened(const HandshakeInfo& info);
  /// It stays until `sweep`, because this is told from within it.
  void ended(std::size_t number);
  /// Destroys those of `add` that have ended. Not from within an event.
  void sweep();

  Connection& operator[](std::size_t number) { return *connections_[number]; }

  Traffic traffic() const;  ///< of all that are and were
  const ConnectionTimes& times() const noexcept { return times_; }
  const std::string& tls_version() const noexcept { return tls_version_; }  ///< of the first that opened; empty: not TLS
  const std::string& tls_cipher() const noexcept { return tls_cipher_; }

 private:
  std::size_t dial(std::size_t number);

  boost::asio::any_io_executor executor_;
  const TransportOptions& transport_;
  ConnectionEvents& events_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::size_t wanted_ = 0;
  std::size_t opened_ = 0;
  std::size_t alive_ = 0;
  std::vector<std::size_t> ended_;  // of those that were added
  std::vector<std::size_t> free_;
  Traffic gone_;
  ConnectionTimes times_;
  std::string tls_version_;
  std::string tls_cipher_;
};

}  // namespace procedura::bench
