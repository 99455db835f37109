// The least that a user of procedura::protocol does: the frame of a request, on stdout.
#include <procedura/protocol/request.hpp>

#include <iostream>
#include <string>
#include <vector>

int main() {
  namespace protocol = procedura::protocol;
  const std::vector<std::string> args{"--terse"};
  std::string frame;
  protocol::append_request(frame, "1", "worldstate_snapshot", args, protocol::Mode::sync, protocol::ArgsStyle::module_first);
  std::cout << frame;
}
