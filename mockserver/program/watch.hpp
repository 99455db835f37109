#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace procedura::mock {

/// What a file looks like from outside. Editors write a file anew, or put another in its place.
struct FileLook {
  std::uint64_t inode = 0;  ///< 0: there is none
  std::int64_t size = 0;
  std::int64_t changed_ns = 0;

  friend bool operator==(const FileLook&, const FileLook&) = default;
};
using FileLooks = std::map<std::string, FileLook>;

FileLooks look_at(const std::vector<std::string>& paths);

/// Tells when files have changed and are finished: what is being written looks different each time it is looked at.
class Changes {
 public:
  explicit Changes(FileLooks known) : known_{std::move(known)} {}

  std::vector<std::string> paths() const;
  /// True once for each change: when the files look other than what is known, and the same as the last time.
  bool settled(const FileLooks& now) {
    const bool changed = now != known_;
    const bool still = last_ && *last_ == now;
    last_ = now;
    if (!changed || !still) return false;
    known_ = now;
    return true;
  }
  /// What was loaded is made of these files, as they looked before.
  void know(FileLooks looks) {
    known_ = std::move(looks);
    last_.reset();
  }

 private:
  FileLooks known_;
  std::optional<FileLooks> last_;
};

}  // namespace procedura::mock
