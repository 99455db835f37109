#include <procedura/connection_event.hpp>

namespace procedura {

std::string_view to_string(ConnectionEvent::Kind kind) noexcept {
  switch (kind) {
    case ConnectionEvent::Kind::connected:
      return "connected";
    case ConnectionEvent::Kind::lost:
      return "lost";
    case ConnectionEvent::Kind::retrying:
      return "retrying";
    case ConnectionEvent::Kind::gave_up:
      return "gave_up";
    case ConnectionEvent::Kind::closed:
      break;
  }
  return "closed";
}

}  // namespace procedura
