#pragma once

#include <string>
#include <string_view>

namespace procedura::conformance {

/// Text of anybody's, for XML and HTML: first made fit to be shown (`protocol::printable`; XML cannot hold control characters
/// at all), then without the two code points beyond them that XML 1.0 forbids, then without marks of its own.
std::string markup_text(std::string_view raw);
/// The same within an attribute's quotes; line breaks stay.
std::string markup_attribute(std::string_view raw);

}  // namespace procedura::conformance
