#include "io/agent_process.hpp"

#include "io/cpu_time.hpp"
#include "io/guarded_command.hpp"
#include "io/last_words.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <poll.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace procedura::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{5};
constexpr std::chrono::seconds time_to_go{1};

[[noreturn]] void give_up(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

class Socket {
 public:
  Socket() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)} {
    if (fd_ < 0) give_up("no socket");
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// Nobody's now; that it stays so until the command has it is likely, as the kernel hands out others first.
std::uint16_t free_port() {
  const Socket socket;
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.fd(), any, size) != 0 || ::getsockname(socket.fd(), any, &size) != 0) give_up("no free port");
  return ntohs(address.sin_port);
}

bool accepts(std::uint16_t port) {
  const Socket socket;
  const sockaddr_in address = loopback(port);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd waiting{socket.fd(), POLLOUT, 0};
  int error = 0;
  socklen_t size = sizeof error;
  return ::poll(&waiting, 1, 100) == 1 && ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

std::string with_port(std::string command, std::uint16_t port) {
  constexpr std::string_view place = "{port}";
  const std::string number = std::to_string(port);
  for (std::size_t at = 0; (at = command.find(place, at)) != std::string::npos; at += number.size()) {
    command.replace(at, place.size(), number);
  }
  return command;
}

/// The parent from /proc/PID/stat: the second word behind the name, which may have anything in it and ends with ')'.
pid_t parent_of(const std::filesystem::path& process) {
  std::ifstream file{process / "stat"};
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  char state = 0;
  pid_t parent = 0;
  // NOLINTNEXTLINE(cert-err34-c): the kernel writes these
  return std::sscanf(text.c_str() + name_end + 1, " %c %d", &state, &parent) == 2 ? parent : 0;
}

// The guard, and a shell before it, say 128 and its number where a signal ended what they waited for.
std::string how_it_ended(const siginfo_t& end) {
  const int signal = end.si_code != CLD_EXITED ? end.si_status : end.si_status > 128 ? end.si_status - 128 : 0;
  if (signal > 0 && signal < NSIG) return fmt::format("it was ended by signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("it ended with exit code {}{}", end.si_status,
                     end.si_status == 0 ? ", and an agent has to stay in the foreground" : "");
}

/// A process and all that come from it. Orphans go to the guard, so that none of its own is missing.
std::vector<pid_t> family_of(pid_t process) {
  std::multimap<pid_t, pid_t> children;
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc", gone}) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc{} && end == name.data() + name.size()) children.emplace(parent_of(entry.path()), pid);
  }
  std::vector<pid_t> family{process};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto [first, last] = children.equal_range(family[i]);
    for (auto child = first; child != last; ++child) family.push_back(child->second);
  }
  return family;
}

}  // namespace

struct AgentProcess::Impl {
  Impl(const std::string& command, std::uint16_t free) : port{free} {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe");
    try {
      pid = start_guarded(with_port(command, port), ends[1]);
    } catch (...) {
      ::close(ends[0]);
      ::close(ends[1]);
      throw;
    }
    ::close(ends[1]);
    try {
      output.read_from(ends[0]);
    } catch (...) {
      stop();
      throw;
    }
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { stop(); }

  // The guard is not waited for until its group has had all signals: until then the number is nobody else's.
  void stop() const {
    ::kill(-pid, SIGTERM);
    wait_for_the_end(time_to_go);
    ::kill(pid, end_command_now);
    wait_for_the_end(time_to_go);
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }

  void wait_for_the_end(Nanos at_most) const {
    const auto until = Clock::now() + at_most;
    while (!end() && Clock::now() < until) std::this_thread::sleep_for(between_looks);
  }

  /// How the command ended, if it has. It stays to be waited for.
  std::optional<siginfo_t> end() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      return std::nullopt;
    return info;
  }

  std::uint16_t port;
  pid_t pid = -1;
  LastWords output;
};

AgentProcess::AgentProcess(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
AgentProcess::AgentProcess(AgentProcess&&) noexcept = default;
AgentProcess& AgentProcess::operator=(AgentProcess&&) noexcept = default;
AgentProcess::~AgentProcess() = default;

std::variant<AgentProcess, AgentTrouble> AgentProcess::start(const std::string& command, Nanos within,
                                                             const std::function<bool()>& interrupted) {
  const auto until = Clock::now() + within;
  AgentProcess agent{std::make_unique<Impl>(command, free_port())};
  for (;;) {
    const bool ready = accepts(agent.impl_->port);
    // Looked at in this order: what accepts may be somebody else, if the command found its port taken.
    if (AgentTrouble trouble = agent.trouble(); !trouble.message.empty()) return trouble;
    if (ready) return agent;
    if (interrupted()) return AgentTrouble{"interrupted", {}};
    if (Clock::now() >= until) {
      AgentTrouble trouble = agent.trouble();
      trouble.message = fmt::format("it accepts no connection on 127.0.0.1:{} {} after its start; does it listen on {{port}}?",
                                    agent.impl_->port, format_duration(within));
      return trouble;
    }
    std::this_thread::sleep_for(between_looks);
  }
}

std::string AgentProcess::url() const {
  return fmt::format("ws://127.0.0.1:{}", impl_->port);
}

Nanos AgentProcess::cpu_time() const {
  Nanos sum{0};
  for (const pid_t member : family_of(impl_->pid)) sum += process_cpu_time(member).value_or(Nanos{0});
  return sum;
}

AgentTrouble AgentProcess::trouble(Nanos patience) const {
  impl_->wait_for_the_end(patience);
  const auto end = impl_->end();
  if (!end) return {{}, impl_->output.text()};
  impl_->output.wait_for_the_end(std::chrono::milliseconds{200});
  return {how_it_ended(*end), impl_->output.text()};
}

}  // namespace procedura::bench
