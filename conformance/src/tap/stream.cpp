#include "stream.hpp"

#include <algorithm>

namespace procedura::conformance::tap {

void Stream::put(std::string_view bytes) {
  if (taken_ > buffer_.size() / 2) {
    buffer_.erase(0, taken_);
    taken_ = 0;
  }
  buffer_ += bytes;
}

std::string Stream::take(std::size_t size) {
  std::string out = buffer_.substr(taken_, size);
  taken_ += size;
  looked_ = 0;
  return out;
}

std::string Stream::rest() {
  return take(waiting());
}

std::optional<Item> Stream::next() {
  if (waiting() == 0) {
    return std::nullopt;
  }
  if (over_ > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(over_, waiting()));
    over_ -= size;
    return Item{.kind = Item::Kind::bytes, .raw = take(size)};
  }
  if (expect_ == Expect::head) {
    return next_head();
  }
  if (expect_ == Expect::frames) {
    return next_frame();
  }
  return Item{.kind = Item::Kind::bytes, .raw = rest()};
}

std::optional<Item> Stream::next_head() {
  // A method or "HTTP/" begins with a capital letter. A TLS record does not, and is not waited for.
  const bool can_be = at(0) >= 'A' && at(0) <= 'Z';
  const std::string_view text = std::string_view{buffer_}.substr(taken_);
  const auto end = can_be ? text.find("\r\n\r\n", looked_) : std::string_view::npos;
  if (end != std::string_view::npos && end + 4 <= limits_.head) {
    std::string raw = take(end + 4);
    return Item{.kind = Item::Kind::head, .head = read_head(raw), .raw = std::move(raw)};
  }
  if (can_be && text.size() <= limits_.head) {
    looked_ = text.size() < 3 ? 0 : text.size() - 3;
    return std::nullopt;
  }
  expect_ = Expect::bytes;
  return next();
}

std::optional<Item> Stream::next_frame() {
  if (waiting() < 2) {
    return std::nullopt;
  }
  const unsigned length7 = at(1) & 0x7fU;
  const std::size_t extended = length7 == 126 ? 2U : length7 == 127 ? 8U : 0U;
  const bool masked = (at(1) & 0x80U) != 0;
  const std::size_t before = 2 + extended + (masked ? 4U : 0U);
  if (waiting() < before) {
    return std::nullopt;
  }
  std::uint64_t length = extended == 0 ? length7 : 0;
  for (std::size_t i = 0; i < extended; ++i) {
    length = length << 8U | at(2 + i);
  }
  const bool over = length > limits_.frame;
  if (!over && waiting() < before + length) {
    return std::nullopt;
  }
  Item item{.kind = Item::Kind::frame, .raw = {}};
  Frame& frame = item.frame;
  frame.fin = (at(0) & 0x80U) != 0;
  frame.rsv = static_cast<std::uint8_t>((at(0) >> 4U) & 7U);
  frame.opcode = static_cast<Opcode>(at(0) & 0xfU);
  frame.length = length;
  if (masked) {
    frame.mask.emplace();
    for (std::size_t i = 0; i < 4; ++i) {
      (*frame.mask)[i] = at(before - 4 + i);
    }
  }
  item.raw = take(over ? before : before + static_cast<std::size_t>(length));
  if (over) {
    over_ = length;
    return item;
  }
  frame.payload = item.raw.substr(before);
  for (std::size_t i = 0; masked && i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(static_cast<unsigned char>(frame.payload[i]) ^ (*frame.mask)[i % 4]);
  }
  return item;
}

}  // namespace procedura::conformance::tap
