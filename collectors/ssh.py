"""Ask one device over SSH: Linux by one fixed read-only script, network devices by their CLI.

The host key is compared with the enrolled one before anything of a credential is sent; another key
stops this device and is a finding. Nothing is written to the device but commands of the allow-list.
"""

import logging
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from collectors import linux, old_ssh
from collectors.ber import OCTETS, Varbind
from collectors.cli_facts import observe_cli
from collectors.credentials import Login
from collectors.host_keys import ChangedHostKeyError, HostKeys, UnknownHostError, host_name
from collectors.journal import Journal, NoJournal
from collectors.linux_script import COMMAND, SCRIPT, is_whole, sections
from collectors.outcome import Outcome, Run, State
from collectors.redaction import blot
from collectors.ssh_offer import NoOfferError, offer
from collectors.transcript import DIALOGUES, LONGEST_PROMPT, PAGER, PROMPT, Dialogue, clean
from qianyun.estate.observation import Observation
from qianyun.estate.targets import Profile, Target
from qianyun.words import _

CONNECT_S, ANSWER_S, COMMAND_S = 10.0, 30.0, 60.0
logging.getLogger("paramiko").addHandler(logging.NullHandler())  # it would print to stderr where nobody listens

LARGEST_ANSWER = 64 << 20
CHUNK = 1 << 16
IN_JOURNAL = "ssh"
WEAK = re.compile(r"cbc|3des|arcfour|hmac-(md5|sha1)")


class Channel(Protocol):
    """What is read and written of a channel, whichever library opened it."""

    def recv(self, nbytes: int, /) -> bytes:
        """The next octets; none at the end."""

    def recv_ready(self) -> bool:
        """Whether something waits to be read."""

    def sendall(self, s: bytes, /) -> None:
        """Send all of it."""


class CommandError(Exception):
    """A command gave no whole answer; the words tell which and why."""


def collect(target: Target, login: Login, keys: HostKeys, run: Run, journal: Journal | None = None) -> Outcome:
    """Ask one device all there is to ask; blocks, so it belongs into a thread.

    Returns:
        Found, or silent, or refused; a changed host key is a finding.
    """
    began = time.monotonic()

    def without_answer(state: State, why: str, *findings: str) -> Outcome:
        took = time.monotonic() - began
        return Outcome(target=target, state=state, reasons=(why,), findings=findings, took_s=took)

    place = f"{host_name(*target.endpoint)}/tcp"
    try:
        answers, weak = _answers(target, login, keys, journal or NoJournal())
        observations = _observed(answers, target, run)
    except (UnknownHostError, ChangedHostKeyError, CommandError, OSError, EOFError, paramiko.SSHException) as error:
        state, why, finding = excuse(error, target, place)
        return without_answer(state, why, *filter(None, [finding]))
    return Outcome(
        target=target,
        state=State.FOUND,
        subject=observations[0].subject,
        observations=observations,
        findings=tuple(
            _("{place} speaks only {weak}, which is broken").format(place=place, weak=each) for each in weak
        ),
        requests=1,
        took_s=time.monotonic() - began,
    )


def excuse(error: Exception, target: Target, place: str) -> tuple[State, str, str]:
    """State, reason, and what somebody must look at, of a device that gave no answers."""
    match error:
        case UnknownHostError():
            return State.REFUSED, _("nobody enrolled a host key for {place}").format(place=place), ""
        case ChangedHostKeyError():
            why = _("the host key of {place} has changed: {key}").format(place=place, key=error)
            return State.REFUSED, why, why
        case paramiko.AuthenticationException():
            return State.REFUSED, _("{place} refused the credential").format(place=place), ""
        case IncompatiblePeer():
            broken = ", ".join(_broken(target)) or _words(error)
            finding = _("{place} speaks only {weak}, which is broken").format(place=place, weak=broken)
            why = _("{finding}; renew it, or write allows_sha1: true for it").format(finding=finding)
            return State.REFUSED, why, finding
        case CommandError():
            return State.PARTIAL, str(error), ""
        case _:
            return State.SILENT, _("no SSH on {place}: {why}").format(place=place, why=_words(error)), ""


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


@contextmanager
def session(target: Target, login: Login, keys: HostKeys) -> Iterator[paramiko.Transport]:
    """An authenticated connection to a host that showed its enrolled key.

    Raises:
        UnknownHostError: No key is enrolled.
        ChangedHostKeyError: It shows another one; nothing was sent.
        OSError, paramiko.SSHException: The connection failed.
    """
    enrolled = keys.of(*target.endpoint)
    with paramiko.Transport(_link(target)) as transport:
        transport.banner_timeout = transport.auth_timeout = ANSWER_S
        _prefer(transport, [key.get_name() for key in enrolled])
        transport.start_client(timeout=ANSWER_S)
        shown = transport.get_remote_server_key()
        if shown not in enrolled:
            raise ChangedHostKeyError(f"{shown.get_name()} {shown.fingerprint}")
        _log_in(transport, login)
        yield transport


def _link(target: Target) -> socket.socket:
    """A connection that sends small packets at once: a dialogue is nothing else."""
    link = socket.create_connection(target.endpoint, timeout=CONNECT_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def shown_key(target: Target) -> paramiko.PKey:
    """The key that a host shows; nothing of a credential is sent. For enrolment, which somebody signs off.

    Raises:
        OSError, paramiko.SSHException: The connection failed.
    """
    with paramiko.Transport(_link(target)) as transport:
        transport.banner_timeout = ANSWER_S
        transport.start_client(timeout=ANSWER_S)
        return transport.get_remote_server_key()


def _prefer(transport: paramiko.Transport, names: list[str]) -> None:
    """Ask the host for the kinds of key that are enrolled, so that a second, unknown kind is not shown instead."""
    options = transport.get_security_options()
    options.ciphers = sorted(options.ciphers, key=_is_slow)
    wanted = [kind for kind in options.key_types if any(_is_of(kind, name) for name in names)]
    if wanted:
        options.key_types = wanted


def _is_slow(cipher: str) -> tuple[bool, bool]:
    """AES in GCM authenticates as it encrypts; what is broken comes last."""
    return "cbc" in cipher, "gcm" not in cipher


def _is_of(kind: str, name: str) -> bool:
    return kind == name or (name == "ssh-rsa" and kind.startswith("rsa-sha2-"))


def _log_in(transport: paramiko.Transport, login: Login) -> None:
    if login.key_file is not None:
        phrase = login.passphrase.reveal() if login.passphrase else None
        transport.auth_publickey(login.user, paramiko.PKey.from_path(str(login.key_file), phrase))
    elif login.password is not None:
        transport.auth_password(login.user, login.password.reveal(), fallback=True)


def _answers(
    target: Target, login: Login, keys: HostKeys, journal: Journal
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Answers by section, from the journal or the device, all or none; and the weak algorithms that were used."""
    known = journal.recall(target.name, IN_JOURNAL)
    if known is not None:
        return {varbind.oid.decode(): varbind.value.decode() for varbind in known}, ()
    try:
        answers, weak = _asked(target, login, keys)
    except IncompatiblePeer:
        if not target.allows_sha1:
            raise
        answers, weak = _asked_of_old(target, login, keys), _broken(target)
    journal.keep(
        target.name, IN_JOURNAL, [Varbind(name.encode(), OCTETS, text.encode()) for name, text in answers.items()]
    )
    return answers, weak


def _asked(target: Target, login: Login, keys: HostKeys) -> tuple[Mapping[str, str], tuple[str, ...]]:
    with session(target, login, keys) as transport:
        if target.profile is Profile.LINUX:
            answers = _sections(run_script(transport, SCRIPT))
        else:
            answers = run_dialogue(transport, DIALOGUES[target.profile])
        return answers, _weak(transport)


def _asked_of_old(target: Target, login: Login, keys: HostKeys) -> Mapping[str, str]:
    if target.profile is Profile.LINUX:
        return _sections(run_script_of_old(target, login, keys, SCRIPT))
    with old_ssh.session(target, login, keys.of(*target.endpoint)) as old:
        return _dialogue(old.shell(), DIALOGUES[target.profile])


def run_script_of_old(target: Target, login: Login, keys: HostKeys, script: str) -> str:
    """Run a fixed script on a host whose SSH is as old as SHA-1; a session of its own."""
    with old_ssh.session(target, login, keys.of(*target.endpoint)) as old:
        channel = old.run(COMMAND)
        channel.sendall(script.encode())
        channel.shutdown_write()
        return _read_all(channel).decode("utf-8", "replace")


def _sections(output: str) -> Mapping[str, str]:
    if not is_whole(output):
        raise CommandError(_("the script did not run to its end"))
    return {name: blot(text) for name, text in sections(output).items()}


def read_script(output: str, target: Target, run: Run) -> tuple[Observation, ...]:
    """What the script said of a host, whoever brought it.

    Raises:
        CommandError: The script did not run to its end.
    """
    return _observed(_sections(output), target, run)


def _broken(target: Target) -> tuple[str, ...]:
    """What a host that offers nothing better offers; nothing where it does not say."""
    try:
        return offer(target.endpoint, CONNECT_S).broken
    except (OSError, NoOfferError):
        return ()


def _weak(transport: paramiko.Transport) -> tuple[str, ...]:
    """Algorithms of a connection that nobody should use any more; GCM needs no MAC."""
    cipher: str = transport.remote_cipher  # type: ignore[attr-defined]  # paramiko has it, its stubs have not
    mac: str = "" if "gcm" in cipher else transport.remote_mac  # type: ignore[attr-defined]  # as above
    return tuple(name for name in (cipher, mac) if WEAK.search(name))


def _observed(answers: Mapping[str, str], target: Target, run: Run) -> tuple[Observation, ...]:
    read = linux.observe if target.profile is Profile.LINUX else observe_cli
    return read(answers, target, run, datetime.now(UTC))


def run_script(transport: paramiko.Transport, script: str) -> str:
    """Run a fixed script through the host's own shell; nothing of it stands in the process list."""
    with transport.open_session(timeout=ANSWER_S) as channel:
        channel.settimeout(COMMAND_S)
        channel.exec_command(COMMAND)
        channel.sendall(script.encode())
        channel.shutdown_write()
        return _read_all(channel).decode("utf-8", "replace")


def _read_all(channel: Channel) -> bytes:
    """Everything until the host closes; a host that goes on for ever is cut."""
    parts: list[bytes] = []
    size = 0
    deadline = time.monotonic() + COMMAND_S
    while part := channel.recv(CHUNK):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER or time.monotonic() > deadline:
            raise CommandError(_("the answer had no end"))
    return b"".join(parts)


def run_dialogue(transport: paramiko.Transport, dialogue: Dialogue) -> Mapping[str, str]:
    """Ask a device's CLI its commands one after another; answers by section, secrets blotted out."""
    with transport.open_session(timeout=ANSWER_S) as channel:
        channel.settimeout(ANSWER_S)
        channel.get_pty(term="vt100", width=512, height=0)
        channel.invoke_shell()
        return _dialogue(channel, dialogue)


def _dialogue(channel: Channel, dialogue: Dialogue) -> Mapping[str, str]:
    prompt = _prompt(_read_until(channel, PROMPT))
    for command in dialogue.before:
        _command(channel, command, prompt)
    return {section: blot(_command(channel, command, prompt)) for section, command in dialogue.commands.items()}


def _prompt(greeting: str) -> re.Pattern[str]:
    """The prompt that the device showed, at the end of what it says."""
    found = PROMPT.search(greeting)
    shown = found.group(1) if found else ""
    return re.compile(rf"(?:^|[\r\n])\s*{re.escape(shown)}\s*$")


def _command(channel: Channel, command: str, prompt: re.Pattern[str]) -> str:
    channel.sendall(command.encode() + b"\n")
    return clean(_read_until(channel, prompt), command)


def _read_until(channel: Channel, prompt: re.Pattern[str]) -> str:
    """Read until the device waits for the next command; turns its pager's pages."""
    raw = bytearray()
    deadline = time.monotonic() + COMMAND_S
    while True:
        try:
            part = channel.recv(CHUNK)
        except TimeoutError:
            raise CommandError(_("the device showed no prompt")) from None
        raw += part
        if not part or len(raw) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise CommandError(_("the device closed the session or its answer had no end"))
        tail = bytes(raw[-LONGEST_PROMPT:]).decode("utf-8", "replace")
        if PAGER.search(tail):
            channel.sendall(b" ")
        elif prompt.search(tail) and not channel.recv_ready():
            return decode_text_lines(bytes(raw))


def decode_text_lines(octets: bytes) -> str:
    """Text of a device that writes UTF-8 or GB18030."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("gb18030", "replace")
