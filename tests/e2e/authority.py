"""A certificate authority for a test, made when it runs; and a TLS server on Python's ssl that writes down every byte it gets."""

import base64
import contextlib
import datetime
import hashlib
import ipaddress
import pathlib
import socket
import ssl
import threading
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import support

HOUR = datetime.timedelta(hours=1)


class Certificate:
    """PEM files of a certificate and its key: `names` are what it is for, `issuer` signs it (nobody: it does so itself)."""

    def __init__(self, folder: pathlib.Path, name, names=("localhost", "127.0.0.1"), issuer=None, begins=-HOUR, ends=HOUR, password=None):
        self.pem, self.key_file = folder / f"{name}.pem", folder / f"{name}.key"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.utcnow()
        alternative = []
        for text in names:
            try:
                alternative.append(x509.IPAddress(ipaddress.ip_address(text)))
            except ValueError:
                alternative.append(x509.DNSName(text))
        builder = (x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name if issuer else self.name)
                   .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now + begins).not_valid_after(now + ends)
                   .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True))
        if alternative:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        made = builder.sign(issuer.key if issuer else self.key, hashes.SHA256())
        self.pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        self.key_file.write_bytes(self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
        public = self.key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.pin = "sha256/" + base64.b64encode(hashlib.sha256(public).digest()).decode()


class RecordingServer(contextlib.AbstractContextManager):
    """Shows `certificate`, and accepts a WebSocket that it then closes at once. `raw` and `plain` are all it ever got.

    `cut`: the connection ends after so many of the server's bytes; `silent`: it never says a word."""

    def __init__(self, certificate, client_ca=None, newest=None, cut=None, silent=False):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate.pem, certificate.key_file)
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca.pem)
        if newest:
            self.context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that is the point of it
                self.context.minimum_version = ssl.TLSVersion.TLSv1
                self.context.maximum_version = newest
        self.cut, self.silent = cut, silent
        self.raw = self.plain = b""
        self.connections = self.resumed = 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.url = f"wss://localhost:{self.port}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                self.connections += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(support.DEADLINE_S)
                    self._serve(connection)

    def _serve(self, connection):
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(into, out, server_side=True)
        left = self.cut
        secured, request = False, b""
        while more := connection.recv(65536):
            self.raw += more
            if self.silent:
                continue
            into.write(more)
            try:
                if not secured:
                    tls.do_handshake()
                    secured = True
                    self.resumed += tls.session_reused
                while not request.endswith(b"\r\n\r\n"):
                    request += tls.read(65536)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                connection.sendall(out.read())  # the alert
                return
            self.plain, request_is_whole = self.plain + request, request.endswith(b"\r\n\r\n")
            if request_is_whole:
                key = next(line.split(b": ")[1] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
                accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
                tls.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n\x88\x02\x03\xe9")
            answer = out.read()
            if left is not None:
                answer, left = answer[:left], left - len(answer)
            connection.sendall(answer)
            if request_is_whole or (left is not None and left <= 0):
                return

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(support.DEADLINE_S)
