"""Services over HTTPS that stand in machine rooms, each held to the certificate that somebody signed off.

Nearly all of them show a certificate that they made themselves, so that no authority vouches for it. What is
compared is its SHA-256 with the enrolled one, on every connection and before anything of a credential is sent; a
server that shows another is a finding. Redirections are not followed, and an answer is read to a bound.
"""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collectors.ber import OCTETS, Varbind
from collectors.credentials import Account
from collectors.host_keys import ChangedHostKeyError, HostKeys, UnknownHostError, host_name
from collectors.journal import Journal
from collectors.outcome import Outcome, Run, State
from qianyun.errors import DeclarationError
from qianyun.estate.observation import Observation
from qianyun.estate.targets import Target
from qianyun.words import _

CONNECT_S, ANSWER_S = 10.0, 60.0
LARGEST_ANSWER = 16 << 20
MOST_REQUESTS = 400
OK, UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 200, 401, 403, 404


class RefusedError(Exception):
    """The service does not take the credential."""


class NonsenseError(Exception):
    """The service answered what is no answer; the words tell to what, and nothing of the answer."""


Wait = Callable[[], None]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a service told of one thing.

    Attributes:
        subject: What the thing is known by.
        source: The call that gave it.
        raw_sha256: Digest of the answer.
        values: Attribute and value; blank ones are left out when they are noted.
    """

    subject: str
    source: str
    raw_sha256: str
    values: Sequence[tuple[str, Any]]


Service = Callable[["Asking"], Sequence[Seen]]
"""Asks one service all there is to ask."""


class Asking:
    """One service under way: its answers, from the journal or from itself.

    Attributes:
        enrolled: Digests of all certificates that somebody signed off, by host.
        digests: Those of this target.
        reasons: Why it is not simply found.
        requests: How many were sent.
    """

    def __init__(self, target: Target, account: Account, keys: HostKeys, journal: Journal, wait: Wait) -> None:
        self.target = target
        self.account = account
        self.enrolled = keys.certificates
        self.digests = keys.digests_of(*target.endpoint)
        self.reasons: list[str] = []
        self.requests = 0
        self._journal = journal
        self._wait = wait
        self._link: http.client.HTTPSConnection | None = None

    def get(self, path: str) -> tuple[Document, str]:
        """A resource and the digest of its text; an empty one where there is none.

        Raises:
            ChangedHostKeyError, RefusedError, NonsenseError, OSError, http.client.HTTPException: No answer.
        """
        known = self.recall(path)
        if known is None:
            known = self._fetched(path)
            self.keep(path, known)
        if not known:
            return {}, digest_of(known)
        try:
            document = json.loads(known)
        except (ValueError, RecursionError):
            raise NonsenseError(path) from None
        if not isinstance(document, dict):
            raise NonsenseError(path)
        return document, digest_of(known)

    def recall(self, name: str) -> bytes | None:
        """What a run that was cut off kept of an answer."""
        kept = self._journal.recall(self.target.name, name)
        return None if kept is None else b"".join(varbind.value for varbind in kept)

    def keep(self, name: str, answer: bytes) -> None:
        """Remember a whole answer."""
        self._journal.keep(self.target.name, name, [Varbind(name.encode(), OCTETS, answer)])

    def may_ask(self) -> None:
        """Wait for a request's turn.

        Raises:
            NonsenseError: There were more than any such service needs.
        """
        if self.requests >= MOST_REQUESTS:
            raise NonsenseError(_("there is no end to what it names"))
        self._wait()
        self.requests += 1

    def _fetched(self, path: str) -> bytes:
        self.may_ask()
        words = f"{self.account.user}:{self.account.password.reveal()}".encode()
        headers = {
            "Accept": "application/json",
            "Authorization": "Basic " + base64.b64encode(words).decode(),
            "OData-Version": "4.0",
        }
        try:
            answer, content = self._exchanged(path, headers)
        except ConnectionError:
            self.close()  # it had ended a connection that lay idle
            answer, content = self._exchanged(path, headers)
        if answer.status in (UNAUTHORIZED, FORBIDDEN):
            raise RefusedError
        if answer.status == NOT_FOUND:
            return b""
        if answer.status != OK or len(content) > LARGEST_ANSWER:
            raise NonsenseError(f"{path} ({answer.status})")
        return content

    def _exchanged(self, path: str, headers: Mapping[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        link = self._connected()
        link.request("GET", path, headers=dict(headers))
        answer = link.getresponse()
        content = answer.read(LARGEST_ANSWER + 1)
        if answer.will_close:
            self.close()
        return answer, content

    def _connected(self) -> http.client.HTTPSConnection:
        """The connection, once its certificate is the enrolled one; nothing was sent before."""
        if self._link is None:
            self._link = pinned(self.target.endpoint, self.digests)
        return self._link

    def close(self) -> None:
        """End the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None


def _trusting_none() -> ssl.SSLContext:
    """TLS that leaves the judgement of the certificate to us."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shown_certificate(endpoint: tuple[str, int]) -> str:
    """SHA-256 of the certificate that a server shows; nothing of a credential is sent. For enrolment.

    Raises:
        OSError: The connection failed.
    """
    with socket.create_connection(endpoint, timeout=CONNECT_S) as plain, _trusting_none().wrap_socket(plain) as link:
        return digest_of(link.getpeercert(binary_form=True) or b"")


def pinned(endpoint: tuple[str, int], digests: frozenset[str]) -> http.client.HTTPSConnection:
    """A connection to a server that showed an enrolled certificate.

    Raises:
        ChangedHostKeyError: It shows another one; nothing was sent.
        OSError: The connection failed.
    """
    address, port = endpoint
    link = http.client.HTTPSConnection(address, port, timeout=CONNECT_S, context=_trusting_none())
    link.connect()
    shown = digest_of(link.sock.getpeercert(binary_form=True) or b"")
    if not any(hmac.compare_digest(shown, digest) for digest in digests):
        link.close()
        raise ChangedHostKeyError(f"x509-sha256 {shown}")
    link.sock.settimeout(ANSWER_S)
    link.auto_open = 0  # a connection that was lost is not opened again behind our back, unseen
    return link


def digest_of(octets: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(octets).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What all services of a run share.

    Attributes:
        wait: Waits until the next request is allowed.
    """

    keys: HostKeys
    run: Run
    journal: Journal
    wait: Wait


def over_https(service: Service, target: Target, account: Account, of: Round) -> Outcome:
    """Ask one service all there is to ask; blocks, so it belongs into a thread.

    Returns:
        Found, or partial with reasons, or silent, or refused; a changed certificate is a finding.
    """
    began = time.monotonic()
    place = f"{host_name(*target.endpoint)}/https"
    asking: Asking | None = None
    try:
        asking = Asking(target, account, of.keys, of.journal, of.wait)
        seen = service(asking)
    except Exception as error:  # noqa: BLE001 - libraries raise as many kinds as there are broken services
        state, why, finding = _excuse(error, place)
        return Outcome(
            target=target,
            state=state,
            reasons=(why,),
            findings=(finding,) if finding else (),
            requests=asking.requests if asking else 0,
            took_s=time.monotonic() - began,
        )
    finally:
        if asking is not None:
            asking.close()
    return Outcome(
        target=target,
        state=State.PARTIAL if asking.reasons else State.FOUND,
        subject=seen[0].subject,
        observations=_observed(seen, of.run),
        reasons=tuple(asking.reasons),
        requests=asking.requests,
        took_s=time.monotonic() - began,
    )


def _observed(seen: Sequence[Seen], run: Run) -> tuple[Observation, ...]:
    now = datetime.now(UTC)
    found = {
        (each.subject, attribute): Observation(
            subject=each.subject,
            attribute=attribute,
            value=value,
            source=each.source,
            raw_sha256=each.raw_sha256,
            seen_at=now,
            run=run.id,
        )
        for each in seen
        for attribute, value in each.values
        if value not in (None, "", ())
    }
    return tuple(found.values())


def _excuse(error: Exception, place: str) -> tuple[State, str, str]:
    """State, reason, and what somebody must look at; a library's own words are left out, they may hold a secret."""
    state, why, is_finding = State.REFUSED, "", False
    match error:
        case UnknownHostError():
            why = _("nobody enrolled a certificate for {place}").format(place=place)
        case ChangedHostKeyError():
            why, is_finding = _("the certificate of {place} has changed: {key}").format(place=place, key=error), True
        case DeclarationError():
            why = "; ".join(str(fault) for fault in error.faults)
        case RefusedError():
            why = _("{place} refused the credential").format(place=place)
        case NonsenseError():
            state, why = State.PARTIAL, _("{place} answered nonsense to {path}").format(place=place, path=error)
        case OSError() | http.client.HTTPException():
            kind = getattr(error, "strerror", None) or type(error).__name__
            state, why = State.SILENT, _("no HTTPS on {place}: {why}").format(place=place, why=kind)
        case _:
            kind = type(error).__name__
            state, why = State.PARTIAL, _("it could not be understood ({kind})").format(kind=kind)
    return state, why, why if is_finding else ""
