#include "token_check.hpp"

#include "duration_text.hpp"

#include <procedura/protocol/redaction.hpp>

namespace procedura::cli {
namespace {

constexpr std::string_view name = "token";

void warn(Check& check, const std::string& what) {
  check.state = Check::State::warning;
  check.summary += "; " + what;
}

}  // namespace

TokenFinding find_token(const Settings& settings, const Result<std::optional<SavedToken>>& saved, const std::string& path,
                        std::chrono::system_clock::time_point now) {
  if (settings.token) {
    Check check{name, Check::State::ok, "given by " + settings.token->where};
    check.members.text("from", settings.token->where);
    return {std::move(check), settings.token->text};
  }
  if (!saved) return {failed_check(name, saved.error())};
  if (!*saved) return {skipped_check(name, "none in " + path + ": `procedura login` saves one")};

  const SavedToken& found = **saved;
  const bool named = settings.token_file && settings.token_file->origin == Origin::flag;
  const Result<void> allowed = named ? Result<void>{} : may_send(found.origin, settings.endpoint);
  if (!allowed) return {failed_check(name, allowed.error())};
  Check check{name, Check::State::ok, "saved in " + path};
  check.members.text("from", path);
  if (found.expires) {
    const auto left =
        std::chrono::sys_seconds{std::chrono::seconds{*found.expires}} - std::chrono::floor<std::chrono::seconds>(now);
    check.members.raw("expires_in_s", std::to_string(left.count()));
    if (left.count() > 0)
      check.summary += ", for another " + lasting(left);
    else
      warn(check, "it expired " + lasting(-left) + " ago: run `procedura login`");
  }
  for (const std::string& warning : found.warnings) warn(check, warning);
  return {std::move(check), found.token};
}

}  // namespace procedura::cli
