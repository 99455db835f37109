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
  for program in "${programs[@]}"; do
    test -s "$(man -w "$program")"
    MANWIDTH=100 man "$program" | grep -qF "$program - "
  done

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
