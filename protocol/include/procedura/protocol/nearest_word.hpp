#pragma once

#include <span>
#include <string_view>

namespace procedura::protocol {

/// Of the words that were possible, the one that `written` was probably meant to be; empty when none is near enough to be worth
/// proposing. A swap of neighbours is one slip, case is none. Words of over 64 bytes are no slips: hostile input costs no
/// table. (Debian packages no edit distance for C++ but those of genome aligners.)
std::string_view nearest_word(std::string_view written, std::span<const std::string_view> possible);

}  // namespace procedura::protocol
