# Doxygen's filter for our headers. What the compiler makes, or could make, of a class needs no words: copies, moves, destructors and
# defaulted comparisons. (The lines stay, so that line numbers do.)
s/^ *(explicit )?~?[A-Z][A-Za-z]*\(((const )?[A-Z][A-Za-z]*&&?)?\)( noexcept)?( override)?( = (default|delete))?;.*//
s/^ *[A-Z][A-Za-z]*& operator=\((const )?[A-Z][A-Za-z]*&&?\)( noexcept)?( = (default|delete))?;.*//
s/^ *(virtual )?~[A-Z][A-Za-z]*\(\)( override)?( = default)?;.*//
s/^ *friend bool operator==\([^)]*\)( noexcept)? = default;.*//
