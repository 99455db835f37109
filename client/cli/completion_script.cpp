#include "complete.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace procedura::cli {
namespace {

// Each script runs the very program that is being typed, so that several versions beside each other get along.

constexpr std::string_view bash = R"script(# bash completion for procedura, of `procedura completion bash`
_procedura() {
  # Bash breaks words at = and : too; the program wants them as they were typed.
  local line=${COMP_LINE:0:COMP_POINT} words=() word i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$2
    if ((i > 0)) && [[ $line != [[:space:]]* ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    line=${line#"${line%%[![:space:]]*}"}
    line=${line#"$word"}
  done

  local current=${words[${#words[@]} - 1]} answer
  answer=$("$1" completion words -- "${words[@]:1}" 2>/dev/null) || return 0
  COMPREPLY=()
  if [[ $answer == :files ]]; then
    compopt -o filenames
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$2")
  elif [[ -n $answer ]]; then
    local before=${current%"$2"}
    while IFS= read -r word; do
      word=${word%%$'\t'*}
      printf -v word %q "${word#"$before"}"  # the name of a profile may be anything
      COMPREPLY+=("$word")
    done <<<"$answer"
  fi
}
complete -F _procedura procedura
)script";

constexpr std::string_view zsh = R"script(#compdef procedura
# zsh completion for procedura, of `procedura completion zsh`
_procedura() {
  local -a lines candidates
  local line word
  lines=("${(@f)$("${(Q)words[1]}" completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  if [[ $lines[1] == :files ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    _files
    return
  fi
  for line in $lines; do
    word=${line%%$'\t'*}
    candidates+=("${${word//\\/\\\\}//:/\\:}${${line#"$word"}/$'\t'/:}")
  done
  _describe 'procedura' candidates
}
if [[ $funcstack[1] == _procedura ]]; then
  _procedura "$@"
else
  compdef _procedura procedura
fi
)script";

constexpr std::string_view fish = R"script(# fish completion for procedura, of `procedura completion fish`
function __procedura_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command $words[1] completion words -- $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = :files
        set -l option (string match -r -- '^--[^=]*=' "$current")
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
            echo "$option$path"
        end
    else
        string join -- \n $lines
    end
end
complete -c procedura -f -a '(__procedura_complete)'
)script";

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};
constexpr std::array<std::string_view, 3> scripts{bash, zsh, fish};

}  // namespace

std::span<const std::string_view> completion_shells() noexcept {
  return shells;
}

std::string_view completion_script(std::string_view shell) noexcept {
  const auto found = std::find(shells.begin(), shells.end(), shell);
  return found == shells.end() ? std::string_view{} : scripts[static_cast<std::size_t>(found - shells.begin())];
}

}  // namespace procedura::cli
