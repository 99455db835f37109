#include "raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace procedura::testing {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace

RawClient::RawClient(std::uint16_t port, std::chrono::milliseconds limit)
    : socket_{::socket(AF_INET, SOCK_STREAM, 0)}, limit_{limit} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::wait(short events) {
  pollfd polled{socket_, events, 0};
  const int ready = ::poll(&polled, 1, static_cast<int>(limit_.count()));
  if (ready < 0) fail("poll");
  if (ready == 0) throw std::runtime_error{"nothing came in time"};
}

void RawClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    wait(POLLOUT);
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::fill() {
  wait(POLLIN);
  std::array<char, 65536> bytes;
  const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got < 0) fail("recv");
  buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string RawClient::take(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill()) throw std::runtime_error{"the peer hung up"};
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::string RawClient::read_until(std::string_view end) {
  while (buffer_.find(end) == std::string::npos) {
    if (!fill()) throw std::runtime_error{"the peer hung up"};
  }
  return take(buffer_.find(end) + end.size());
}

std::optional<std::string> RawClient::read_to_end() {
  try {
    while (fill()) {
    }
  } catch (const std::system_error&) {
    return std::nullopt;
  }
  return std::exchange(buffer_, {});
}

bool RawClient::silent_for(std::chrono::milliseconds time) {
  pollfd polled{socket_, POLLIN, 0};
  return buffer_.empty() && ::poll(&polled, 1, static_cast<int>(time.count())) == 0;
}

std::string RawClient::arrived() {
  std::array<char, 65536> bytes;
  while (true) {
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return std::exchange(buffer_, {});
}

void RawClient::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

void RawClient::hang_up() {
  ::shutdown(socket_, SHUT_RDWR);
}

std::string RawClient::upgrade(std::string_view headers, std::string_view target) {
  std::string request = "GET ";
  request.append(target).append(
      " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
  request.append(headers).append("\r\n");
  write(request);
  return read_until("\r\n\r\n");
}

std::string RawClient::frame(unsigned char first, std::string_view payload) {
  static constexpr std::array<unsigned char, 4> mask{0x12, 0x34, 0x56, 0x78};
  std::string bytes(1, static_cast<char>(first));
  unsigned length_bytes = 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(0x80U | payload.size());
  } else {
    length_bytes = payload.size() <= 0xFFFF ? 2 : 8;
    bytes += static_cast<char>(0x80U | (length_bytes == 2 ? 126U : 127U));
  }
  while (length_bytes-- > 0) bytes += static_cast<char>(payload.size() >> (8 * length_bytes));
  for (const unsigned char byte : mask) bytes += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]);
  }
  return bytes;
}

void RawClient::send_close(std::uint16_t code) {
  const std::array<char, 2> payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  write(frame(0x88, {payload.data(), payload.size()}));
}

RawClient::Frame RawClient::read_frame() {
  const std::string head = take(2);
  std::size_t length = static_cast<unsigned char>(head[1]);
  if ((length & 0x80U) != 0) throw std::runtime_error{"a server's frame is masked"};
  if (length >= 126) {
    const std::string more = take(length == 126 ? 2 : 8);
    length = 0;
    for (const char byte : more) length = length << 8U | static_cast<unsigned char>(byte);
  }
  return {static_cast<unsigned char>(head[0]), take(length)};
}

std::uint16_t RawClient::Frame::close_code() const {
  if (first != 0x88 || payload.size() < 2) return 0;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8U | static_cast<unsigned char>(payload[1]));
}

std::string RawClient::read_text() {
  const Frame frame = read_frame();
  if (frame.first != 0x81) throw std::runtime_error{"not a text message: " + std::to_string(frame.first)};
  return frame.payload;
}

}  // namespace procedura::testing
