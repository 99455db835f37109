#pragma once

#include <procedura/conformance/tap/frame.hpp>
#include <procedura/conformance/tap/head.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace procedura::conformance::tap {

/// The next thing in a stream, with the very bytes that it was.
struct Item {
  enum class Kind : std::uint8_t {
    head,
    frame,  ///< whole; of one over the limit only the beginning, up to its payload
    bytes,  ///< what is neither, or the payload of a frame over the limit
  } kind = Kind::bytes;
  Head head{};
  Frame frame{};
  std::string raw;
};

/// Takes one direction of a connection apart, in whatever pieces it comes. Every byte comes out again in some `raw`, in order.
/// It judges nothing and refuses nothing: what it cannot read passes as bytes. Pure.
class Stream {
 public:
  struct Limits {
    std::size_t head = std::size_t{64} * 1024;
    std::size_t frame = std::size_t{32} * 1024 * 1024;
  };
  enum class Expect : std::uint8_t { head, frames, bytes };

  Stream() : Stream{Limits{}} {}
  explicit Stream(Limits limits) : limits_{limits} {}

  void put(std::string_view bytes);
  /// Nothing: it takes more bytes to tell what comes.
  std::optional<Item> next();
  /// What the bytes that have not come out yet are, from now on.
  void expect(Expect what) { expect_ = what; }
  /// What was put in and has not come out.
  std::string rest();

 private:
  std::optional<Item> next_head();
  std::optional<Item> next_frame();
  std::string take(std::size_t size);
  std::size_t waiting() const { return buffer_.size() - taken_; }
  unsigned char at(std::size_t i) const { return static_cast<unsigned char>(buffer_[taken_ + i]); }

  Limits limits_;
  Expect expect_ = Expect::head;
  std::string buffer_;
  std::size_t taken_ = 0;   // of the buffer
  std::size_t looked_ = 0;  // how far a head's end was looked for in vain
  std::uint64_t over_ = 0;  // bytes still to come of a frame over the limit
};

}  // namespace procedura::conformance::tap
