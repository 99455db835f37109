#pragma once

#include <string>

/// What the agent at `url` has as its world.
std::string ask(const std::string& url);
