"""Accounts and sessions: who a token stands for, and for how long (LOG-3 to LOG-6, AUT-6). Pure: time comes from `now`."""

import dataclasses
import enum
import hashlib
import hmac
import secrets
import typing


class Standing(enum.Enum):
    LIVE = "live"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclasses.dataclass
class Session:
    token: str
    user: str
    device: str | None
    expires_at: float  # seconds, by the clock of Sessions


class Accounts:
    def __init__(self, credentials: list[str]) -> None:
        self._passwords = dict(credential.split(":", 1) for credential in credentials)
        self.first = next(iter(self._passwords))

    def knows(self, user: str, password: str) -> bool:
        """The same work for a user who is unknown as for one whose password is wrong."""
        expected = self._passwords.get(user)
        digests = [hashlib.sha256(word.encode()).digest() for word in (expected or "", password)]
        return hmac.compare_digest(*digests) and expected is not None


class Sessions:
    def __init__(self, now: typing.Callable[[], float]) -> None:
        self._now = now
        self._by_token: dict[str, Session] = {}

    def add(self, token: str, user: str, device: str | None, ttl: float) -> Session:
        session = self._by_token[token] = Session(token, user, device, self._now() + ttl)
        return session

    def log_in(self, user: str, device: str | None, ttl: float) -> tuple[Session, bool]:
        """The session, and whether it lived already: the one of this user and device, if there is a device."""
        for session in self._by_token.values():
            if device is not None and (session.user, session.device) == (user, device) and self.expires_in(session) > 0:
                session.expires_at = self._now() + ttl
                return session, True
        return self.add(secrets.token_urlsafe(24), user, device, ttl), False

    def find(self, token: str | None) -> tuple[Session | None, Standing]:
        session = self._by_token.get(token) if token is not None else None
        if session is None:
            return None, Standing.UNKNOWN
        return session, Standing.LIVE if self.expires_in(session) > 0 else Standing.EXPIRED

    def expires_in(self, session: Session) -> float:
        return session.expires_at - self._now()
