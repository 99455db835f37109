#pragma once

#include <procedura/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace procedura::mock {

/// `--name value`, `--name=value` or `--name`.
struct Option {
  std::string name;                  ///< without the dashes
  std::optional<std::string> value;  ///< nothing for a flag
};

/// Who sent a request, and on which connection.
struct Sender {
  std::optional<std::string> user;    ///< nothing: not logged in
  std::optional<std::string> device;  ///< nothing: logged in without a device key, or not at all
  std::uint64_t connection = 1;       ///< ordinal of the connection in its partition, from 1
};

/// A request as stubs, expectations and templates see it.
struct ReceivedRequest {
  std::string id;
  std::string cmd;
  protocol::Mode mode = protocol::Mode::sync;
  std::vector<std::string> raw_args;  ///< the module's own arguments (the module's name taken off, where the style says so)
  std::vector<std::string> args;      ///< those of `raw_args` that are neither options nor their values
  std::vector<Option> options;        ///< in the order given
  Sender sender;

  /// The last option of that name; null if there is none.
  const Option* option(std::string_view name) const noexcept;
};

/// Splits `raw_args` into positional arguments and options. An option begins with `--`; the next argument is its value unless
/// that begins with `--` too. After a lone `--` everything is positional. `-x` and `--=x` are positional.
ReceivedRequest receive(std::string id, std::string cmd, protocol::Mode mode, std::vector<std::string> raw_args,
                        Sender sender = {});

}  // namespace procedura::mock
