"""The saved session token, and where it came from."""

import json
import os
import pathlib
import stat

from failure import Failure
from opening import Url


def may_go(came_from, origin):
    """AUT-8: to the same host, on whatever port, and never out of TLS."""
    one, other = Url(came_from), Url(origin)
    same_host = one.host == other.host or (one.is_loopback() and other.is_loopback())
    return same_host and (other.secure or not one.secure)


class TokenStore:
    """`~/.procedura/token`, or what PROCEDURA_TOKEN_FILE names; the origin lies beside it."""

    def __init__(self, path, faults, warn):
        variable = os.environ.get("PROCEDURA_TOKEN_FILE")
        if variable and faults.breaks("ignores-variable", "PROCEDURA_TOKEN_FILE was not looked at"):
            variable = None
        chosen = path or variable
        self.path = pathlib.Path(chosen or pathlib.Path.home() / ".procedura" / "token")
        if faults.breaks("other-token-file", "the token has another place"):
            self.path = pathlib.Path.home() / ".token"
        self.beside = self.path.with_name(self.path.name + ".origin.json")
        self.faults = faults
        self.warn = warn

    def load(self, origin):
        """The token, if there is one for this origin. Raises Failure where it must not be used."""
        if os.environ.get("PROCEDURA_TOKEN_FILE") and self.faults.breaks("reads-elsewhere", "the token was not read from where it was saved"):
            self.path = pathlib.Path.home() / ".procedura" / "token"
        try:
            mode = self.path.stat().st_mode
            token = self.path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            if self.faults.breaks("dies-on-token-file", "the token file cannot be read, and that is not caught"):
                raise
            raise Failure("TOKEN_FILE", f"{self.path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None
        if stat.S_IMODE(mode) & 0o077 and not self.faults.breaks("silent-about-modes", "a token file that others can read was used in silence"):
            self.warn(f"{self.path} can be read by other users (mode {stat.S_IMODE(mode):04o}); chmod 600 it")
        if not token:
            if self.faults.breaks("silent-about-empty", "an empty token file was passed over in silence"):
                return None
            self.warn(f"{self.path} is empty; log in again")
            return None
        came_from = self.origin_of_it()
        if came_from is not None and not may_go(came_from, origin) and not self.faults.breaks("token-to-anybody", f"the token of {came_from} was taken for {origin}"):
            raise Failure("OTHER_ORIGIN", f"the saved token is for {came_from}, not for {origin}; log in there, or use --token")
        return token

    def origin_of_it(self):
        try:
            return json.loads(self.beside.read_text(encoding="utf-8")).get("origin")
        except (OSError, ValueError, AttributeError):
            return None

    def save(self, token, origin):
        folder = 0o755 if self.faults.breaks("open-folder", "the token's folder was made with mode 0755") else 0o700
        self.path.parent.mkdir(mode=folder, parents=True, exist_ok=True)
        mode = 0o644 if self.faults.breaks("open-token-file", "the token file was made with mode 0644") else 0o600
        self.replace(self.path, token + "\n", mode)
        self.replace(self.beside, json.dumps({"origin": origin}), 0o600)

    @staticmethod
    def replace(path, text, mode):
        part = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            os.fchmod(descriptor, mode)  # whatever the umask is
            out.write(text)
        os.replace(part, path)
