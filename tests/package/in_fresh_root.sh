#!/usr/bin/env bash
# The parts of fresh_root.sh that run inside the bare Debian: in_fresh_root.sh PART
set -euxo pipefail
cd /srv

programs=(procedura mock-agent procedura-conformance procedura-bench)
install() { apt-get -q -y --no-install-recommends install "$@"; }

install_tools() {
  apt-get -q update
  # As for anybody who was given the file: apt-get finds what it depends on.
  install ./debs/procedura-tools_*.deb man-db bash-completion
  useradd --create-home visitor
}

use_tools() { su visitor -c 'cd && bash -euxo pipefail /srv/in_fresh_root.sh as_visitor'; }

as_visitor() {
  cd
  local program agent version
  version=$(dpkg-query -W -f='${Version}' procedura-tools)
  [[ $(procedura --version) == *"${version%-*}"* ]]
  [ "$(dpkg-query -W -f='${binary:Synopsis}' procedura-tools)" = "drive, mock, judge and measure Procedura agents" ]
  for program in "${programs[@]}" procedura-run procedura-stream; do
    test -s "$(man -w "$program")"
    MANWIDTH=100 man "$program" | grep -qF "$program - "
  done

  # As when somebody types "procedura ru" and presses Tab.
  set +u
  # shellcheck disable=SC1091
  . /usr/share/bash-completion/bash_completion
  _completion_loader procedura || [ $? = 124 ]  # which says: try again
  complete -p procedura
  COMP_WORDS=(procedura ru) COMP_CWORD=1 COMP_LINE='procedura ru' COMP_POINT=12
  "$(complete -p procedura | sed 's/.* -F \([^ ]*\) .*/\1/')" procedura ru procedura
  # shellcheck disable=SC2153
  [[ " ${COMPREPLY[*]} " == *" run "* ]]
  set -u
  test -s /usr/share/zsh/vendor-completions/_procedura
  test -s /usr/share/fish/vendor_completions.d/procedura.fish

  mock-agent --script /usr/share/doc/procedura-tools/examples/mock-agent/demo-world.json --port 0 --time-scale 0 --ready-file ready &
  agent=$!
  until [ -s ready ]; do kill -0 "$agent"; sleep 0.05; done
  PROCEDURA_URL=$(sed -n 's/.*"listening": *"\([^"]*\)".*/\1/p' ready)
  export PROCEDURA_URL
  echo admin@procedura.org:secret123 | procedura login -
  [ "$(stat -c %a ~/.procedura/token)" = 600 ]
  procedura run worldstate_snapshot -- --terse | grep -q '"entities"'
  procedura --output ndjson stream place_ooi_sprites -- --n 2 | tail -n 1 | grep -q '"phase":"finished"'
  kill "$agent"
  wait "$agent"
}

install_library() {
  install g++ cmake make libgmock-dev ./debs/libprocedura-dev_*.deb
}

use_library() {
  local expected='{"entities":{"e1":{}}}'
  cmake -S consumer -B build
  cmake --build build -j2
  [ "$(build/drive)" = "$expected" ]
  build/with_agent
  # shellcheck disable=SC2046
  g++ -std=c++20 consumer/drive.cpp consumer/ask.cpp -o drive $(pkg-config --cflags --libs procedura procedura-mock)
  [ "$(./drive)" = "$expected" ]
}

remove() {
  local file left=()
  dpkg -L procedura-tools libprocedura-dev | sort -u >files
  apt-get -q -y purge procedura-tools libprocedura-dev
  while read -r file; do
    if [ -f "$file" ] || [[ -e $file && $file == *procedura* ]]; then left+=("$file"); fi
  done <files
  [ ${#left[@]} -eq 0 ]
  ! command -v procedura
}

"$1"
