"""A service over HTTPS with a certificate that it made itself, as management controllers do."""

import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answers = Mapping[str, object]
HERE = b"https://here"


def certificate(folder: Path) -> tuple[Path, Path, str]:
    """A certificate and its key as files, and its SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self-made")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "self-made.pem", folder / "self-made.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return chain, secret, made.fingerprint(hashes.SHA256()).hex()


@dataclass
class Server:
    """A server under way.

    Attributes:
        asked: Path and authorization of every request.
        told: Bodies of what was posted.
    """

    port: int = 0
    digest: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    told: list[bytes] = field(default_factory=list)


@contextmanager
def serving(folder: Path, answers: Answers) -> Iterator[Server]:
    """Answer from a mapping of paths (of `POST path`) while the block runs; what is not in it is not found.

    `HERE` in an answer becomes the server's own address.
    """
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(answers.get(self.path), 200)

        def do_POST(self) -> None:
            server.told.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            self._answer(answers.get(f"POST {self.path}"), 201)

        def _answer(self, found: object, code: int) -> None:
            server.asked.append((self.path, self.headers.get("Authorization", self.headers.get("X-Auth-Token", ""))))
            status, content = (404, b"") if found is None else (code, json.dumps(found).encode())
            content = content.replace(HERE, f"https://127.0.0.1:{server.port}".encode())
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Subject-Token", "a-token")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    chain, key, server.digest = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server.port = listener.server_port
    thread = Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(60)
