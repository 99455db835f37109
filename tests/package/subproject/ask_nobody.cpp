// That it links and runs: at port 1 nobody listens.
#include "ask.hpp"

#include <procedura/error.hpp>

#include <iostream>

int main() {
  try {
    ask("ws://127.0.0.1:1");
  } catch (const procedura::Error& error) {
    std::cout << code_name(error.code());
  }
}
