#include "clients.hpp"

namespace procedura::conformance {

const std::vector<BrokenClient>& broken_clients() {
  static const std::vector<BrokenClient> catalogue = [] {
    mutants::Clients all;
    mutants::add_connection(all);
    mutants::add_token(all);
    mutants::add_request(all);
    mutants::add_reply(all);
    mutants::add_wait(all);
    return all;
  }();
  return catalogue;
}

}  // namespace procedura::conformance
