#pragma once

#include "program/command.hpp"

namespace procedura::bench {

/// `report`: shows a report again, and writes it in other forms.
Command report_command();

}  // namespace procedura::bench
