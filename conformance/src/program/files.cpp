#include "files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace procedura::conformance::program {

std::string read_file(const std::string& what, const std::string& path, std::size_t most) {
  const std::string name = "the " + what + " " + path;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    throw Refused{name + " cannot be read"};
  }
  std::string text;
  char piece[65536];
  do {
    file.read(piece, sizeof piece);
    text.append(piece, static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  } while (file && text.size() <= most);
  if (file.bad() || text.size() > most) {
    throw Refused{name + (file.bad() ? " cannot be read" : fmt::format(" is bigger than {} MiB", most >> 20U))};
  }
  return text;
}

std::string told_of_file(const std::string& path, const std::vector<ProfileProblem>& problems) {
  std::string all;
  for (const auto& [pointer, message] : problems) {
    all += fmt::format("{}{}: {}: {}", all.empty() ? "" : "\n", path, pointer.empty() ? "(document)" : pointer, message);
  }
  return all;
}

Results read_results(const std::string& path) {
  constexpr std::size_t most = std::size_t{256} << 20U;
  auto parsed = parse_results(read_file("results", path, most));
  if (const auto* problems = std::get_if<std::vector<ProfileProblem>>(&parsed)) {
    throw Refused{told_of_file(path, *problems)};
  }
  return std::get<Results>(std::move(parsed));
}

void print(Process& process, const std::string& what, const std::string& text) {
  if (!(process.out << text << std::flush)) {
    throw Refused{"the " + what + " could not be written to stdout"};
  }
}

namespace {

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code none;
  if (std::filesystem::exists(a, none) && std::filesystem::exists(b, none)) {
    return std::filesystem::is_regular_file(a, none) && std::filesystem::equivalent(a, b, none);
  }
  const auto whole = [&none](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, none), none);
  };
  return whole(a) == whole(b);
}

}  // namespace

void refuse_shared_files(const std::vector<NamedFile>& read, const std::vector<NamedFile>& written) {
  for (auto file = written.begin(); file != written.end(); ++file) {
    const auto clashes = [&file](const NamedFile& other) {
      return !file->path.empty() && !other.path.empty() && same_file(file->path, other.path);
    };
    if (const auto input = std::find_if(read.begin(), read.end(), clashes); input != read.end()) {
      throw Refused{file->option + " " + file->path + " would overwrite what " + input->option + " reads; name another file"};
    }
    if (const auto other = std::find_if(written.begin(), file, clashes); other != file) {
      throw Refused{file->option + " " + file->path + " is the file of " + other->option + " too; give each a file of its own"};
    }
  }
}

ReportFile::ReportFile(std::string path) : path_{std::move(path)} {
  if (wanted()) {
    file_.open(path_, std::ios::binary | std::ios::trunc);
    if (!file_) {
      throw Refused{"the report " + path_ + " cannot be written"};
    }
  }
}

void ReportFile::write(const std::string& text) {
  if (wanted() && !(file_ << text << std::flush)) {
    throw Refused{"the report " + path_ + " could not be written"};
  }
}

}  // namespace procedura::conformance::program
