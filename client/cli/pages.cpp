#include "pages.hpp"

#include <array>

// One line of a page has at most 100 columns; tests keep it so, and parse or run every example.
namespace procedura::cli {
namespace {

constexpr std::string_view overview = R"(Drive a Procedura agent over WebSocket.

Examples
  procedura login                                        asks for EMAIL:PASSWORD and shows nothing
  procedura run worldstate_snapshot -- --terse           what follows -- is the module's
  procedura stream place_ooi_sprites -- --dry-run --n 4
  procedura --url wss://agent.example --wait 30 run worldstate_snapshot

Usage: procedura [options] COMMAND ...

Options stand before the command or after it; with a module, only before its arguments. Each
command has a page of its own: procedura help run.
)";

constexpr std::string_view login = R"(Log in with a password and save the session token for later commands.

Examples
  procedura login                                        asks for the credential and shows nothing
  procedura login - < credential.txt                     reads the first line of stdin
  procedura login admin@procedura.org:secret123          other users of the machine can see this
  PROCEDURA_CREDENTIAL=me@agent.example:pw procedura login --ttl 7200

Usage: procedura [options] login [CREDENTIAL | -] [options]

CREDENTIAL is EMAIL:PASSWORD, or the base64 of that with or without the prefix b64:. The saved
token is never sent with a login. The result is printed with the token redacted. Without --attach
the login replaces: an agent may then close the session's other connections.
)";

constexpr std::string_view logout = R"(Forget the saved session token.

Examples
  procedura logout
  procedura logout --token-file ci.token

Usage: procedura logout [options]

The agent is not told: the token lives there until it expires.
)";

constexpr std::string_view run = R"(Run a module and print its result.

Examples
  procedura run worldstate_snapshot
  procedura run worldstate_snapshot -- --terse           what follows -- is the module's
  procedura run worldstate_snapshot --terse              so is all from the first word not ours
  procedura run init_character --final-timeout 1200 -- --objective-text="find the exit"
  procedura --output json run worldstate_snapshot | jq .meta

Usage: procedura [options] run MODULE [options] [--] [module arguments]

After a second at a terminal, stderr says what is waited for. Ctrl-C stops waiting and names the
job, which may still run.
)";

constexpr std::string_view stream = R"(Run a long module and print each of its events as it comes, with `phase` first.

Examples
  procedura stream place_ooi_sprites -- --dry-run --n 4 --radius 400
  procedura --output ndjson stream place_ooi_sprites --n 4 | jq -r .phase
  procedura stream place_ooi_sprites --idle-timeout 60 --deadline 600 -- --n 4

Usage: procedura [options] stream MODULE [options] [--] [module arguments]

At a terminal, progress is drawn on stderr. Ctrl-C stops waiting and names the job, which may
still run.
)";

constexpr std::string_view ws_diag =
    R"page(Look at everything between here and the agent: what is well, what to do about the rest.

Examples
  procedura ws diag
  procedura --url wss://agent.example ws diag
  procedura --output json ws diag | jq -r '.tls.chain[0].pin'

Usage: procedura [options] ws diag [options]

Looks at the token (which is never shown), name, address, proxy, TLS with every certificate, how
long it lasts and what to pin, the WebSocket handshake, who the agent takes us for, round-trip
times and the agent's metrics. A chain that does not hold is shown with the reason. Goes on as far
as it can; the exit code is that of the first failure. What the agent has no built-in command for
is no failure. --output json makes one object of it all.
)page";

constexpr std::string_view ws_ping = R"page(Measure round-trip times with WebSocket pings, like ping(8).

Examples
  procedura ws ping --count 3
  procedura ws ping --interval 0.2
  procedura --output ndjson ws ping --count 3 | jq .ms

Usage: procedura [options] ws ping [options]

Without --count it goes on until Ctrl-C. Then comes the summary: with --output json nothing else,
with --output ndjson one object for each ping and no summary. Exits with 0 if any ping was
answered, with 5 if none was. A lost connection costs the ping that was under way; the next one
connects again.
)page";

constexpr std::string_view ws_listen = R"page(Print the events that belong to no request of ours, as they come, until Ctrl-C.

Examples
  procedura ws listen
  procedura ws listen --count 1
  procedura --output ndjson ws listen --reconnect | jq -r .status

Usage: procedura [options] ws listen [options]

Each event is printed as `stream` does. Ctrl-C or SIGTERM ends it with 0, and so does a reader that
has had enough (`| head -1`). A connection that is lost ends it with 3; with --reconnect it is made
again, and stderr says so (at a terminal, or with -v).
)page";

constexpr std::string_view config_show = R"(Show every setting, its value and where that comes from.

Examples
  procedura config show
  procedura --profile staging config show
  procedura --output json config show | jq -r .url.value

Usage: procedura [options] config show

FROM is the flag, the environment variable, the profile, or `default`. Secrets are redacted. A
value that cannot be used is shown like the others, and then told on stderr (exit 2). With
--output json it is one object, with --output ndjson one for each setting.
)";

constexpr std::string_view config_get = R"(Print the value of one setting.

Examples
  procedura config get url
  procedura --profile staging config get ack-timeout

Usage: procedura [options] config get NAME

Exits with 1, and prints nothing, for a setting that has neither a value nor a default.
)";

constexpr std::string_view config_set = R"(Keep a setting in the profile, for all later commands.

Examples
  procedura config set url wss://agent.example
  procedura --profile staging config set ack-timeout 30
  procedura config set pin sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=

Usage: procedura [options] config set NAME VALUE

VALUE is checked as on a command line. Several pins have commas between them. The file is replaced
whole, readable by its owner only, and two processes that write at once both win; what else is in
it stays. Secrets do not belong there and are refused. `config unset` takes a setting out again.
)";

constexpr std::string_view config_unset = R"(Take a setting out of the profile.

Examples
  procedura config unset ack-timeout
  procedura --profile staging config unset url

Usage: procedura [options] config unset NAME
)";

constexpr std::string_view config_path = R"page(Print where the settings lie, whether there is such a file yet or not.

Examples
  procedura config path
  cat "$(procedura config path)"

Usage: procedura config path
)page";

constexpr std::string_view config_profiles = R"(Print the names of the profiles, one per line.

Examples
  procedura config profiles

Usage: procedura config profiles
)";

constexpr std::string_view completion = R"page(Print a script that completes commands, options and their values in a shell.

Examples
  source <(procedura completion bash)                        in ~/.bashrc
  source <(procedura completion zsh)                         in ~/.zshrc, after compinit
  procedura completion fish > procedura.fish                 in ~/.config/fish/completions

Usage: procedura completion bash | zsh | fish
       procedura completion words -- WORD...

The packages install these scripts. They ask `completion words` what could come next and show it:
commands, options, their values, files, the names of profiles and settings, and the modules that
every agent has. What a module is given is never completed.
)page";

constexpr std::string_view help = R"(Show the help on the program, a command or a topic.

Examples
  procedura help
  procedura help run
  procedura help config set
  procedura help exit-codes

Usage: procedura help [COMMAND | TOPIC]
)";

constexpr std::array topics{
    Topic{"exit-codes", "what the exit code says", R"(Exit codes

Examples
  procedura run worldstate_snapshot || echo "exit code $?"

Codes
  0    ok
  1    the module failed, or the output could not be written
  2    the command line, a setting or the module's name cannot be used as given
  3    cannot connect, or the connection was lost
  4    login needed or refused: run `procedura login`
  5    a waiting time was over (acknowledgement, result, next event)
  6    the agent broke the protocol
  130  interrupted with Ctrl-C: the job may still run
  143  ended by SIGTERM or SIGHUP: the job may still run

With every code but 0, 2, 130 and 143, `run`, `stream` and `login` print an error object on
stdout: {"status": "error", "code": ..., "message": ...}.
)"},
    Topic{"environment", "the variables that are read", R"(Environment

Examples
  PROCEDURA_URL=wss://agent.example procedura run worldstate_snapshot
  PROCEDURA_OUTPUT=ndjson PROCEDURA_IDLE_TIMEOUT=60 procedura stream place_ooi_sprites

A flag wins over its variable. A variable that is empty counts as not set. A flag such as
--compress is `true` or `false` in its variable; a list has commas between its items.
)"},
    Topic{"profiles", "settings that are used often", R"(Profiles

Examples
  procedura --profile staging config set url wss://staging.example
  procedura --profile staging config set token-file /home/me/.procedura/staging
  procedura --profile staging run worldstate_snapshot
  PROCEDURA_PROFILE=staging procedura config show

They lie in $XDG_CONFIG_HOME/procedura/config.json, else in ~/.config/procedura/config.json:

  {
    "profiles": {
      "default": { "output": "ndjson" },
      "staging": {
        "url": "wss://staging.example",
        "token_file": "/home/me/.procedura/staging",
        "ack_timeout": 30
      }
    }
  }

--profile NAME or PROCEDURA_PROFILE chooses one; without either it is `default`, which need not
exist. Keys are the options' long names, with _ for -. Tokens and passwords do not belong there.
Command line, then environment, then profile, then default: the first one that has a value wins.
`procedura config show` says where each setting comes from, and so does --verbose.
)"},
    Topic{"output", "what is printed, and how", R"(Output

Examples
  procedura run worldstate_snapshot
  procedura --output json run worldstate_snapshot | jq .meta
  procedura --output ndjson stream place_ooi_sprites --n 4 | jq -r .phase

Forms
  pretty  indented by two spaces, as json.dumps(indent=2, ensure_ascii=False) of Python does it
  json    without white space
  ndjson  one line per event, written at once

stdout is data, stderr is for people. Member order and the digits of numbers are the agent's. An
error object goes to stdout like a result, and one line for people to stderr. At a terminal,
control and bidirectional characters in what the agent sent are shown as escapes; in a pipe or a
file the output is exact.
)"},
    Topic{"tls", "wss://, certificates and pins", R"(TLS

Examples
  procedura --url wss://agent.example run worldstate_snapshot
  procedura --url wss://agent.example --ca company-ca.pem run worldstate_snapshot
  procedura --url wss://agent.example --cert me.pem --key me.key run worldstate_snapshot
  procedura --url wss://10.1.2.3 --server-name agent.example run worldstate_snapshot

A wss:// agent has to show a certificate that bears the URL's host name, that is valid now, and
that leads to an authority the system trusts, or to one of --ca. The token is sent only after that.

Settings
  --ca           a PEM file, or a folder of them; the system's authorities are not trusted then
  --cert, --key  our own certificate, for an agent that asks for one (mutual TLS)
  --pin          of the keys pinned, at least one has to be in the chain; give the next key's pin
                 too before it changes
  --server-name  the name to ask for and to check, where the URL has another one
  --tls-min      1.3 refuses TLS 1.2; nothing older is ever spoken
  --insecure     no check but that of the pins: for a try on one's own machine, and nothing else

PROCEDURA_KEY_PASSWORD has the password of an encrypted key; nobody is asked for it.
)"},
    Topic{"proxy", "through an HTTP proxy", R"(Proxy

Examples
  procedura --proxy http://proxy.example:3128 run worldstate_snapshot
  procedura --proxy direct run worldstate_snapshot
  PROCEDURA_PROXY=http://me:secret@proxy.example procedura run worldstate_snapshot

The proxy is asked for a tunnel (CONNECT), for ws:// and wss:// alike; the token goes through the
tunnel and is never shown to the proxy. Without --proxy these variables say which one, in small
letters or in capitals:

Variables
  http_proxy   for ws://
  https_proxy  for wss://
  all_proxy    for both, where there is neither
  no_proxy     hosts without one: "example.org,.internal,10.0.0.0/8", or "*"

This machine itself is always reached directly, unless --proxy is given; `direct` is no proxy,
whatever the variables say.
)"},
    Topic{"events", "the log of requests", R"(Event log

Examples
  procedura --events requests.ndjson run worldstate_snapshot
  procedura config set events /home/me/requests.ndjson

Each request appends one line of JSON to the file: when, which module, how long until it was
acknowledged and until its end, how many bytes, and the error if there was one. Arguments, results
and secrets are not in it. Any number of processes may write to one file at once.
)"},
    Topic{"connection", "waiting times, pings and lost connections", R"(Connection

Examples
  procedura --wait 30 run worldstate_snapshot            until the agent is up
  procedura run init_character --deadline 900
  procedura --ping-interval 10 --pong-timeout 20 stream place_ooi_sprites

Waiting times
  --connect-timeout  of one try to connect, from the name's look-up to the upgrade
  --wait             keeps trying to connect for so long; what was sent is never sent again
  --ack-timeout      from sending a request to the first frame about it
  --final-timeout    of run: from any frame to the next one
  --idle-timeout     of stream: from any event to the next one
  --deadline         of the whole call

Dead peers
  --ping-interval    WebSocket pings, while the connection is open
  --pong-timeout     a ping unanswered for so long ends the connection (exit 3)
  --keepalive        calls the built-in __keepalive, for what answers pings before a dead agent
)"},
};

}  // namespace

std::string_view overview_text() noexcept {
  return overview;
}

std::string_view command_text(Command command) noexcept {
  switch (command) {
    case Command::login:
      return login;
    case Command::logout:
      return logout;
    case Command::run:
      return run;
    case Command::stream:
      return stream;
    case Command::config_show:
      return config_show;
    case Command::config_get:
      return config_get;
    case Command::config_set:
      return config_set;
    case Command::config_unset:
      return config_unset;
    case Command::config_path:
      return config_path;
    case Command::config_profiles:
      return config_profiles;
    case Command::completion:
      return completion;
    case Command::help:
      return help;
    case Command::ws_diag:
      return ws_diag;
    case Command::ws_ping:
      return ws_ping;
    case Command::ws_listen:
      return ws_listen;
  }
  return {};
}

std::string_view group_text(std::string_view group) noexcept {
  return group == "ws" ? "Look into the connection to an agent." : "Look at settings, and keep them in a profile.";
}

std::span<const Topic> all_topics() noexcept {
  return topics;
}

}  // namespace procedura::cli
