"""Who may log in, and who is logged in. Nothing in here is ever printed or quoted."""

import base64
import hashlib
import hmac
import math
import re
import secrets
import time

from wire import ModuleError

DEFAULT_TTL = 3600
MAX_TTL = 31_536_000
MAX_DEVICE_BYTES = 256
REMEMBERED = 86_400  # how long a dead token is still told from one that never was

_SALT = secrets.token_bytes(16)


def _digest(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, 1000)


_USERS = {"admin@procedura.org": _digest("secret123"), "ops@procedura.org": _digest("pa:ss:word")}
_NOBODY = secrets.token_bytes(32)  # what an unknown user's password is compared with


class Session:
    def __init__(self, user, device):
        self.user = user
        self.device = device
        self.token = secrets.token_urlsafe(32)  # its characters are legal in a subprotocol
        self.dies = 0.0

    def renew(self, ttl):
        self.dies = time.monotonic() + ttl

    @property
    def live(self):
        return time.monotonic() < self.dies

    @property
    def expires_in(self):
        return max(0, math.ceil(self.dies - time.monotonic()))


class Sessions:
    def __init__(self):
        self._by_token = {}
        self._by_device = {}

    def find(self, token):
        """The session of a token, dead or alive, or None."""
        return self._by_token.get(token)

    def login(self, args):
        """Args are the module's own. Returns the session and whether it was there before."""
        device, ttl = _options(args[1:])
        user = _user_of(args[0] if args else "")
        self._forget()
        session = self._by_device.get((user, device)) if device else None
        attached = session is not None and session.live
        if not attached:
            session = Session(user, device)
            self._by_token[session.token] = session
            if device:
                self._by_device[user, device] = session
        session.renew(ttl)
        return session, attached

    def _forget(self):
        limit = time.monotonic() - REMEMBERED
        for session in [s for s in self._by_token.values() if s.dies < limit]:
            del self._by_token[session.token]
            if self._by_device.get((session.user, session.device)) is session:
                del self._by_device[session.user, session.device]


def _options(args):
    device, ttl = None, DEFAULT_TTL
    for arg in args:
        name, given, value = arg.partition("=")
        if arg in ("--replace", "--attach"):
            continue  # both join the session of that user and device; nobody is disturbed
        if given and name == "--device":
            if len(value.encode()) > MAX_DEVICE_BYTES:
                raise ModuleError("BAD_REQUEST", f"--device takes at most {MAX_DEVICE_BYTES} bytes")
            device = value or None
        elif given and name == "--ttl":
            if not re.fullmatch("[0-9]{1,8}", value) or not 1 <= int(value) <= MAX_TTL:
                raise ModuleError("BAD_REQUEST", f"--ttl takes 1 to {MAX_TTL} seconds")
            ttl = int(value)
        else:
            raise ModuleError("BAD_REQUEST", "login_password takes --replace or --attach, --device=KEY and --ttl=SECONDS")
    return device, ttl


def _user_of(credential):
    """The user whose credential this is. Whatever is wrong with it, the work and the error are the same."""
    if credential.startswith("b64:"):
        plain = _from_base64(credential[4:])
    elif ":" in credential:
        plain = credential
    else:
        plain = _from_base64(credential)
    user, _, password = plain.partition(":")
    right = hmac.compare_digest(_digest(password), _USERS.get(user, _NOBODY))
    if not right:
        raise ModuleError("AUTH_FAILED", "the login was refused")
    return user


def _from_base64(text):
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return ""
