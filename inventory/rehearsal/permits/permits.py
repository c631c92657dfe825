"""The application that is moved in the rehearsal: permits are handed in, each with a paper, and kept.

Run by `permits.service` on a host that has Python and psycopg2 from its distribution; needs nothing of ours.
    POST /permits   a key, a line break, and the text: answers 200 once row and paper are kept
    GET /health     answers 200 when rows can be kept
"""

import os
import queue
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PAPERS = Path(os.environ.get("PERMITS_PAPERS", "/srv/permits/papers"))
DATABASE = os.environ.get("PERMITS_DATABASE", "")
KEEP = "insert into permits (key, body) values (%s, %s) on conflict (key) do nothing"
Start = Callable[[str, list[tuple[str, str]]], object]
pool: "queue.LifoQueue[Any]" = queue.LifoQueue()


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer one request; a database that is away is 503, so that whoever asked tries again."""
    try:
        status = _answer(environ)
    except Exception as error:  # noqa: BLE001 - whatever failed, nothing was kept for certain
        status = "503 Service Unavailable"
        environ["wsgi.errors"].write(f"{error}\n")
    start(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]


def _answer(environ: dict[str, Any]) -> str:
    where = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if where == ("POST", "/permits"):
        key, _break, body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode().partition("\n")
        (PAPERS / key).write_text(body)
        _run(KEEP, (key, body))
        return "200 OK"
    if where == ("GET", "/health"):
        _run("insert into seen (at) values (now())", ())
        return "200 OK"
    return "404 Not Found"


def _run(statement: str, values: tuple[str, ...]) -> None:
    import psycopg2  # type: ignore[import-untyped]  # noqa: PLC0415 - on the rehearsal's hosts only

    try:
        connection = pool.get_nowait()
    except queue.Empty:
        connection = psycopg2.connect(DATABASE, connect_timeout=3)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
    except psycopg2.Error:
        connection.close()
        raise
    pool.put(connection)


class Server(ThreadingMixIn, WSGIServer):
    """Answers over IPv4 and IPv6."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def server_bind(self) -> None:
        """Take both families on one socket."""
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
        """Nothing."""


if __name__ == "__main__":
    make_server("::", int(os.environ.get("PERMITS_PORT", "8080")), application, Server, Quiet).serve_forever()
