"""How a connection is made: TCP, TLS, and the upgrade."""

import base64
import hashlib
import ipaddress
import os
import re
import socket
import time
import urllib.parse

from failure import Failure
from framing import Wire

DEFAULT_URL = "ws://127.0.0.1:8765"
ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SUBPROTOCOL = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
MAX_HEAD_BYTES = 64 * 1024
REDIRECTS, ENDLESSLY, FOREVER_S = 5, 100, 3600


class Url:
    def __init__(self, text):
        try:
            parts = urllib.parse.urlsplit(text)
            self.secure = {"ws": False, "wss": True}[parts.scheme]
            self.host, self.port = parts.hostname, parts.port or (443 if self.secure else 80)
        except (KeyError, ValueError):
            raise Failure("BAD_URL", f"{text!r} is no ws:// or wss:// URL") from None
        if not self.host:
            raise Failure("BAD_URL", f"{text!r} names no host")
        self.target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        name = f"[{self.host}]" if ":" in self.host else self.host
        self.authority = f"{name}:{self.port}"
        self.origin = f"{parts.scheme}://{self.authority}"

    def is_loopback(self):
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def check_token(token, faults):
    """AUT-4: what no header may have is refused before anybody is called."""
    if all(0x21 <= ord(letter) <= 0x7E for letter in token):
        return
    if not faults.breaks("any-token", "a token with characters that no header may have was used"):
        raise Failure("BAD_TOKEN", "the token has characters that no header may have; nothing was sent")


def token_headers(token, faults):
    """AUT-1: in both places; AUT-4: as Bearer alone where it cannot be a subprotocol."""
    if token is None:
        return []
    headers = []
    if SUBPROTOCOL.fullmatch(token) is None and faults.breaks("drops-odd-tokens", "a token that can be no subprotocol was not sent at all"):
        return []
    legal = SUBPROTOCOL.fullmatch(token) is not None
    if not legal and faults.breaks("illegal-subprotocol", "a token that can be no subprotocol was sent as one"):
        legal = True
    if legal and not faults.breaks("bearer-alone", "the token was sent as Bearer alone"):
        headers.append(f"Sec-WebSocket-Protocol: {token}")
    if not faults.breaks("subprotocol-alone", "the token was sent as subprotocol alone"):
        headers.append(f"Authorization: Bearer {token}")
    return headers


def connect(url, options, token, faults):
    """An open connection to the agent, within the time for it. Raises Failure."""
    until = time.monotonic() + options.connect_timeout
    tries, last = 0, None
    while tries == 0 or (last is not None and tries < ENDLESSLY):
        tries += 1
        try:
            return upgraded(url, options, token, faults, until)
        except Failure as failure:
            last = failure
            if failure.code != "HANDSHAKE_REFUSED" or not faults.breaks("endless-retries", f"try {tries} was refused, and there was one more"):
                raise
    raise last


def upgraded(url, options, token, faults, until):
    for _ in range(REDIRECTS):
        connection = secured(url, options, faults, dialed(url, until))
        try:
            status, headers, rest, key = upgrade(connection, url, token, faults, until)
            if 300 <= status < 400 and "location" in headers:
                target = Url(headers["location"]) if headers["location"].startswith("ws") else None
                if target and faults.breaks("follows-redirects", f"a redirect to {target.origin} was followed with the token"):
                    connection.close()
                    url = target
                    continue
            check_answer(status, headers, key, token, faults)
            connection.settimeout(None)
            return Wire(connection, rest, faults, options.max_message)
        except BaseException:
            connection.close()
            raise
    raise Failure("HANDSHAKE_REFUSED", "redirected without end")


def dialed(url, until):
    try:
        return socket.create_connection((url.host, url.port), timeout=max(0.001, until - time.monotonic()))
    except TimeoutError:
        raise Failure("CONNECT_TIMEOUT", f"{url.origin} did not answer in time") from None
    except OSError as error:
        raise Failure("CONNECT_FAILED", f"{url.origin}: {error.strerror}; is the agent running there?") from None


def secured(url, options, faults, connection):
    if not url.secure or faults.breaks("no-tls", "wss:// was taken for ws://"):
        return connection
    import ssl  # takes longer than all the rest

    context = ssl.create_default_context(cafile=options.ca)
    if faults.breaks("any-certificate", "the certificate was not verified"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif faults.breaks("any-host", "the name in the certificate was not looked at"):
        context.check_hostname = False
    try:
        return context.wrap_socket(connection, server_hostname=url.host)
    except TimeoutError:
        connection.close()
        raise Failure("CONNECT_TIMEOUT", f"{url.origin} did not finish the TLS handshake in time") from None
    except ConnectionError as error:
        connection.close()
        raise Failure("CONNECT_FAILED", f"{url.origin} hung up before the TLS handshake: {error.strerror}") from None
    except (ssl.SSLError, OSError) as error:
        connection.close()
        if faults.breaks("falls-back", "the TLS handshake failed, and the next try goes without TLS"):
            return socket.create_connection((url.host, url.port), timeout=options.connect_timeout)
        raise Failure("TLS_FAILED", f"{url.origin}: {getattr(error, 'verify_message', None) or error.strerror or error}") from None


def read_head(connection, faults, until):
    data = b""
    while b"\r\n\r\n" not in data:
        connection.settimeout(max(0.001, until - time.monotonic()))
        try:
            more = connection.recv(4096)
        except TimeoutError:
            if not faults.breaks("no-connect-timeout", "the time to connect went by, and the wait went on"):
                raise
            until += FOREVER_S
            continue
        if not more or len(data) > MAX_HEAD_BYTES:
            raise Failure("CONNECT_FAILED", "no whole answer to the upgrade came")
        data += more
    return data


def upgrade(connection, url, token, faults, until):
    """Sends the request and reads the head of the answer: status, headers, what came behind them, our key."""
    key = base64.b64encode(os.urandom(16)).decode()
    if faults.breaks("one-key", "the Sec-WebSocket-Key is always the same"):
        key = base64.b64encode(bytes(16)).decode()
    version = 8 if faults.breaks("old-websocket", "the upgrade asks for version 8") else 13
    lines = [f"GET {url.target} HTTP/1.1", f"Host: {url.authority}", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}", *token_headers(token, faults)]
    try:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        data = read_head(connection, faults, until)
    except TimeoutError:
        raise Failure("CONNECT_TIMEOUT", f"{url.origin} did not answer the upgrade in time") from None
    except OSError as error:
        raise Failure("CONNECT_FAILED", f"{url.origin}: the connection broke off during the upgrade: {error.strerror}") from None
    head, rest = data.split(b"\r\n\r\n", 1)
    start, *fields = head.decode("latin-1").split("\r\n")
    headers = {}
    for field in fields:
        name, _, value = field.partition(":")
        name = name.strip().lower()
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    status = re.fullmatch(r"HTTP/1\.[01] (\d{3})(?: .*)?", start)
    if status is None:
        raise Failure("HANDSHAKE_REFUSED", "the answer to the upgrade is not HTTP")
    return int(status[1]), headers, rest, key


def check_answer(status, headers, key, token, faults):
    if status != 101:
        named = f"with HTTP {status}" if not faults.breaks("hides-status", f"the status {status} was kept from the user") else "it"
        raise Failure("HANDSHAKE_REFUSED", f"the agent answered the upgrade {named}"
                      + ("; the token may have expired: log in again" if status == 401 else ""))
    tokens = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in tokens:
        raise Failure("HANDSHAKE_REFUSED", "the agent answered with HTTP 101, but upgraded to something else")
    accept = base64.b64encode(hashlib.sha1((key + ACCEPT_GUID).encode()).digest()).decode()
    if headers.get("sec-websocket-accept") != accept and not faults.breaks("any-accept", "a wrong Sec-WebSocket-Accept was taken"):
        raise Failure("HANDSHAKE_REFUSED", "the agent's Sec-WebSocket-Accept is wrong (HTTP 101)")
    offered = token if token is not None and SUBPROTOCOL.fullmatch(token) else None
    selected = headers.get("sec-websocket-protocol")
    if selected is not None and selected != offered and not faults.breaks("any-subprotocol", "a subprotocol that was not offered was taken"):
        raise Failure("HANDSHAKE_REFUSED", "the agent selected a subprotocol that was not offered (HTTP 101)")
    if "sec-websocket-extensions" in headers:
        raise Failure("HANDSHAKE_REFUSED", "the agent selected an extension that was not offered (HTTP 101)")
