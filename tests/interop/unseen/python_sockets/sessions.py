"""Who may log in, and which tokens live."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import math
import secrets
import time

DEFAULT_TTL = 3600
MAX_TTL = 31_536_000

_SALT = secrets.token_bytes(16)


def _digest(password):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT, 20_000)


_USERS = {"admin@procedura.org": _digest("secret123"), "ops@procedura.org": _digest("pa:ss:word")}
_NOBODY = secrets.token_bytes(32)


def read_credential(text):
    """(email, password), or None if it is malformed."""
    if text.startswith("b64:"):
        encoded = text[4:]
    elif ":" in text:
        encoded = None
    else:
        encoded = text
    if encoded is not None:
        try:
            text = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return None
    email, colon, password = text.partition(":")
    return (email, password) if colon else None


async def check_credential(text):
    """(the user or None, was the user known): the same work whatever is wrong."""
    email, password = read_credential(text) or ("", "")
    digest = await asyncio.to_thread(_digest, password)
    good = hmac.compare_digest(digest, _USERS.get(email, _NOBODY))
    return (email if good else None), email in _USERS


class Session:
    def __init__(self, user, device):
        self.token = secrets.token_urlsafe(32)
        self.user, self.device = user, device
        self.dies = 0.0
        self.claimed = False  # only fault LOG-2.5 looks at it

    def renew(self, ttl):
        self.dies = time.monotonic() + ttl
        self.claimed = False

    @property
    def lives(self):
        return time.monotonic() < self.dies

    @property
    def expires_in(self):
        return math.ceil(self.dies - time.monotonic())


class Sessions:
    def __init__(self):
        self._by_token = {}
        self._by_device = {}

    def find(self, token):
        return self._by_token.get(token)

    def log_in(self, user, device, ttl):
        """(the session, was it there already)"""
        session = self._by_device.get((user, device)) if device is not None else None
        joined = session is not None and session.lives
        if not joined:
            session = Session(user, device)
            self._by_token[session.token] = session
            if device is not None:
                self._by_device[user, device] = session
        session.renew(ttl)
        return session, joined
