#pragma once

#include <procedura/conformance/tap/frame.hpp>
#include <procedura/conformance/tap/head.hpp>
#include <procedura/conformance/tap/sabotage.hpp>
#include <procedura/protocol/deadlines.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace procedura::conformance::tap {

/// One thing that a tap saw or did. Raw: tokens and passwords are in it, so it is sealed before it leaves a case.
struct Record {
  enum class Kind : std::uint8_t {
    opened,  ///< a client connected
    head,    ///< see `head`
    frame,   ///< see `frame`, as it came, before any sabotage
    bytes,   ///< what is no head and no frame (TLS, a response's body): `size`, and in `text` the first ones of its direction
    end,     ///< `text`: "FIN", "RST", or why the agent could not be reached
    fired,   ///< a sabotage; `text`: what it did
  } kind = Kind::opened;
  unsigned connection = 0;  ///< from 1
  Side from = Side::client;
  protocol::TimePoint at{};  ///< when it was read
  Head head{};
  Frame frame{};
  std::string text{};
  std::uint64_t size = 0;
};

/// What is kept of a run, within bounds: beyond them payloads are forgotten (`Frame::length` is not), then records. Used by one
/// thread at a time.
class Recorder {
 public:
  explicit Recorder(std::size_t most_bytes = std::size_t{64} * 1024 * 1024, std::size_t most_records = 200'000)
      : most_bytes_{most_bytes}, most_records_{most_records} {}

  void add(Record record);
  const std::vector<Record>& all() const { return all_; }
  std::size_t forgotten() const { return forgotten_; }  ///< records that were not kept

 private:
  std::size_t most_bytes_;
  std::size_t most_records_;
  std::size_t bytes_ = 0;
  std::size_t forgotten_ = 0;
  std::vector<Record> all_;
};

}  // namespace procedura::conformance::tap
