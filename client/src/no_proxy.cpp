#include "no_proxy.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

namespace procedura::detail {
namespace {

using boost::asio::ip::address;

// In the form of IPv6: so an IPv4 address and its IPv4-mapped twin are one.
using Bytes = boost::asio::ip::address_v6::bytes_type;
constexpr unsigned v4_offset = 96;

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

struct Address {
  Bytes bytes;
  bool v4;  // as it was written
};

std::optional<Address> read_address(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  text = text.substr(0, text.find('%'));  // the interface of a link-local address
  boost::system::error_code ec;
  const address read = boost::asio::ip::make_address(text, ec);
  if (ec) return std::nullopt;
  if (read.is_v6()) return Address{read.to_v6().to_bytes(), false};
  return Address{boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, read.to_v4()).to_bytes(), true};
}

bool equal_bits(const Bytes& one, const Bytes& other, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(whole), other.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((one[whole] ^ other[whole]) >> (8 - rest)) == 0;
}

// The port that an entry ends with, taken off it; nothing if it has none. What has more than one colon and no brackets is an
// IPv6 address without a port.
std::optional<std::string_view> take_port(std::string_view& entry) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const bool bracketed = entry.starts_with('[');
  if (bracketed ? entry[colon - 1] != ']' : entry.find(':') != colon) return std::nullopt;
  const std::string_view port = entry.substr(colon + 1);
  entry = entry.substr(0, colon);
  return port;
}

// "10.0.0.0/8", "10.0.0.0/8:8765"
bool is_network_of(std::string_view entry, std::size_t slash, const Address& host, unsigned port) {
  const auto network = read_address(entry.substr(0, slash));
  std::string_view length = entry.substr(slash + 1);
  if (const auto only = take_port(length); only && number(*only) != port) return false;
  const auto bits = number(length);
  if (!network || !bits || *bits > (network->v4 ? 32U : 128U)) return false;
  return equal_bits(network->bytes, host.bytes, network->v4 ? v4_offset + *bits : *bits);
}

bool is_entry_for(std::string_view entry, const std::string& host, const std::optional<Address>& address, unsigned port) {
  if (entry == "*") return true;
  if (const std::size_t slash = entry.find('/'); slash != std::string_view::npos) {
    return address && is_network_of(entry, slash, *address, port);
  }
  if (const auto only = take_port(entry); only && number(*only) != port) return false;
  if (entry == "*") return true;
  if (address) {
    const auto listed = read_address(entry);
    return listed && listed->bytes == address->bytes;
  }
  std::string name = lower(entry);
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.starts_with('.')) name.erase(0, 1);
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || !host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

}  // namespace

bool names(std::string_view list, std::string_view host, std::uint16_t port) {
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  const auto address = read_address(name);
  constexpr std::string_view separators = ", \t";
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find_first_of(separators, at), list.size());
    if (end > at && is_entry_for(list.substr(at, end - at), name, address, port)) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace procedura::detail
