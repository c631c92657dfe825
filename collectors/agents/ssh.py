"""An SSH server that answers an allow-list of reading commands from recorded texts, on a loopback address.

A folder holds one file a command: `display version.txt`, or `script.txt` for the Linux script and
`sockets.txt` for that of sockets. Any other command is refused, any change too; there is no shell behind it.
"""

import contextlib
import hmac
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED

from collectors.credentials import Login
from collectors.flows import sockets_script
from collectors.linux_script import COMMAND, SCRIPT

SCRIPTS = {SCRIPT: "script", sockets_script.SCRIPT: "sockets"}
"""Where the answer to each fixed script stands."""

ANSWER_S = 30
LOOK_AGAIN_S = 0.1
"""How soon a session that ended is noticed; waiting for a channel does not end with it."""

ERROR = "Error: Unrecognized command found at '^' position.\n"


def recorded_answers(folder: Path) -> Mapping[str, str]:
    """Answers by command."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))}


@contextmanager
def answering(
    answers: Mapping[str, str],
    login: Login,
    host_key: paramiko.PKey,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    prompt: str = "<device>",
) -> Iterator[int]:
    """Answer from recorded texts while the block runs; gives the port."""
    listener = socket.create_server((address, port))
    server = threading.Thread(
        target=_accept, args=(listener, answers, login, host_key, prompt), name="ssh-agent", daemon=True
    )
    server.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join(timeout=ANSWER_S)


def _accept(
    listener: socket.socket, answers: Mapping[str, str], login: Login, host_key: paramiko.PKey, prompt: str
) -> None:
    sessions: list[threading.Thread] = []
    while True:
        try:
            link, _peer = listener.accept()
        except OSError:
            break
        session = threading.Thread(target=_serve, args=(link, answers, login, host_key, prompt), daemon=True)
        session.start()
        sessions.append(session)
    for session in sessions:
        session.join(timeout=ANSWER_S)


def _serve(link: socket.socket, answers: Mapping[str, str], login: Login, host_key: paramiko.PKey, prompt: str) -> None:
    with contextlib.suppress(paramiko.SSHException, EOFError, OSError), paramiko.Transport(link) as transport:
        transport.add_server_key(host_key)
        door = _Door(login)
        transport.start_server(server=door)
        while transport.is_active():
            channel = transport.accept(LOOK_AGAIN_S)
            if channel is None:
                continue
            with channel:
                channel.settimeout(ANSWER_S)
                door.ready.wait(ANSWER_S)
                if door.command is None:
                    _talk(channel, answers, prompt)
                else:
                    _answer(channel, door.command, answers)
                door.ready.clear()


class _Door(paramiko.ServerInterface):
    """Lets in one login and notes what it asks for."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self.command: str | None = None
        self.ready = threading.Event()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 - the interface's
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        expected = self._login.password.reveal() if self._login.password else ""
        is_right = username == self._login.user and bool(expected)
        is_right = is_right and hmac.compare_digest(password.encode(), expected.encode())
        return AUTH_SUCCESSFUL if is_right else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - the interface's
        if kind == "session":
            return OPEN_SUCCEEDED
        return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *_request: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:  # noqa: ARG002 - the interface's
        self.command = None
        self.ready.set()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:  # noqa: ARG002 - the interface's
        self.command = command.decode("utf-8", "replace")
        self.ready.set()
        return True


def _answer(channel: paramiko.Channel, command: str, answers: Mapping[str, str]) -> None:
    """One command: a script when it is ours to the letter, or a recorded answer."""
    if command == COMMAND:
        said = b""
        while part := channel.recv(1 << 16):
            said += part
        answer = answers.get(SCRIPTS.get(said.decode(), ""))
    else:
        answer = answers.get(command)
    channel.sendall((ERROR if answer is None else answer).encode())
    channel.send_exit_status(1 if answer is None else 0)
    channel.shutdown_write()


def _talk(channel: paramiko.Channel, answers: Mapping[str, str], prompt: str) -> None:
    """A CLI: a prompt, an echo, an answer, until the other side goes."""
    channel.sendall(f"\r\n{prompt}".encode())
    line = b""
    with contextlib.suppress(OSError):
        while said := channel.recv(1024):
            line += said
            while b"\n" in line:
                command, _newline, line = line.partition(b"\n")
                text = command.decode("utf-8", "replace").strip()
                answer = answers.get(text, ERROR if text else "")
                channel.sendall(f"{text}\r\n{answer}{prompt}".replace("\n", "\r\n").encode())
