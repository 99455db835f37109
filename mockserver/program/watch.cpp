#include "watch.hpp"

#include <sys/stat.h>

namespace procedura::mock {

FileLooks look_at(const std::vector<std::string>& paths) {
  FileLooks looks;
  for (const auto& path : paths) {
    struct stat found {};
    FileLook& look = looks[path];
    if (::stat(path.c_str(), &found) != 0) continue;
    look = {found.st_ino, found.st_size, std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
  }
  return looks;
}

std::vector<std::string> Changes::paths() const {
  std::vector<std::string> paths;
  for (const auto& [path, look] : known_) paths.push_back(path);
  return paths;
}

}  // namespace procedura::mock
