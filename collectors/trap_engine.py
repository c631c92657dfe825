"""One SNMP engine that hears traps and informs, believes one credential, and tells before it acknowledges.

The engine id is the same after every start, as devices want it that are told where to send informs; its boots are
the seconds since 2024, so that they always grow (RFC 3414 section 2.2) and nothing needs to be remembered.

Source: RFC 3413 section 3.4, RFC 3414, RFC 3411 section 5 (engine ids).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.proxy import rfc2576
from pysnmp.proto.rfc3411 import CONFIRMED_CLASS_PDUS

from collectors.ber import INTEGER, OCTETS, SEQUENCE, MalformedError, Varbind, expect
from collectors.credentials import Community, User
from collectors.messages import AUTHENTICATED, ENCRYPTED, Engine, open_v3
from collectors.pysnmp_asker import AUTH, PRIV, varbind_of
from collectors.usm import Keys, key_of

PRIVATE = AUTHENTICATED | ENCRYPTED
EPOCH_S = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


class Dropped(StrEnum):
    """Why a datagram was not taken."""

    STRANGER = "stranger"
    """It came from an address that the manifest does not name for SNMP."""
    AMBIGUOUS = "ambiguous"
    """Several devices of the manifest share the address."""
    TOO_MUCH = "too_much"
    """The device told more than its share."""
    NOT_PRIVATE = "not_private"
    """v3 without authentication or encryption."""
    REFUSED = "refused"
    """Not with the device's credential."""
    MALFORMED = "malformed"
    REPLAYED = "replayed"
    """v3 older than what the device told before: somebody sends a copy."""
    REPEATED = "repeated"
    """It was heard before; the sender missed our answer."""


DECRYPTION, COMMUNITIES = (
    ("SNMP-USER-BASED-SM-MIB", "usmStatsDecryptionErrors"),
    ("SNMPv2-MIB", "snmpInBadCommunityNames"),
)
"""What an engine counts when it does not believe a sender."""

WINDOW_S = 150
"""RFC 3414 section 2.2.3."""


class Sentry:
    """Looks at v3 before an engine does: who sends, with which keys, and whether it is new.

    The engine takes the time of any authentic message for the sender's own, so that a copy sent a year later
    would be believed; and it knows no sender that it never asked.
    """

    def __init__(self, user: User, engine_id: bytes) -> None:
        self._user = user
        self._own = engine_id
        self._newest: dict[bytes, tuple[int, int]] = {}

    def judge(self, message: bytes) -> tuple[Dropped | None, bytes | None]:
        """Why a message is not to be believed, and the engine of a sender that is seen for the first time."""
        try:
            opened = open_v3(message)
        except MalformedError:
            return Dropped.NOT_PRIVATE, None
        if not opened.user:
            return None, None  # it asks for our engine id and tells nothing
        if opened.flags & PRIVATE != PRIVATE:
            return Dropped.NOT_PRIVATE, None
        keys = self._keys(opened.engine.id)
        if opened.user != self._user.name.encode() or not keys.is_right(message, *opened.digest):
            return Dropped.REFUSED, None
        return self._time(opened.engine)

    def _time(self, sender: Engine) -> tuple[Dropped | None, bytes | None]:
        """Whether it is new; of an inform our own time counts, and the engine looks at it."""
        if sender.id == self._own:
            return None, None
        boots, seconds = self._newest.get(sender.id, (0, 0))
        if (sender.boots, sender.seconds) < (boots, seconds - WINDOW_S):
            return Dropped.REPLAYED, None
        is_new = sender.id not in self._newest
        self._newest[sender.id] = max((boots, seconds), (sender.boots, sender.seconds))
        return None, sender.id if is_new else None

    def _keys(self, engine_id: bytes) -> Keys:
        user = self._user
        return Keys.of(user.auth, user.auth_password.reveal(), user.priv_password.reveal(), engine_id)


def _is_v3(message: bytes) -> bool:
    try:
        open_v3(message)
    except MalformedError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an engine heard and believes.

    Attributes:
        raw: The PDU as it came, in clear; the community is no part of it.
        varbinds: What it says, of v1 as RFC 3584 turns it into v2; `None` where it is nonsense.
        engine: The sender's engine id, in hexadecimal; empty where it did not tell.
    """

    raw: bytes
    varbinds: Sequence[Varbind] | None
    engine: str


def _pdu_in(message: bytes) -> bytes:
    """The PDU of a message with a community; the engine has put another number into its own copy."""
    begin, end = expect(message, 0, len(message), SEQUENCE)
    _version, begin = expect(message, begin, end, INTEGER)
    _community, begin = expect(message, begin, end, OCTETS)
    return message[begin:end]


def _varbinds(pdu: Any) -> Sequence[Varbind] | None:  # noqa: ANN401 - pysnmp is untyped
    try:
        of_v2 = rfc2576.v1_to_v2(pdu) if pdu.tagSet == v1.TrapPDU.tagSet else pdu
        return [varbind_of(name, value) for name, value in v2c.apiPDU.get_varbinds(of_v2)]
    except Exception:  # noqa: BLE001 - pysnmp raises as many kinds as there is nonsense
        return None


class Channel(udp.UdpAsyncioTransport):  # type: ignore[misc]  # pysnmp is untyped
    """What an engine takes for its socket."""

    link: asyncio.DatagramTransport | None = None
    has_answered = False

    def send_message(self, message: bytes, address: tuple[str, int]) -> None:
        """Answer over the shared socket."""
        self.has_answered = True
        if self.link is not None:
            self.link.sendto(message, address)

    def hear(self, message: bytes, address: tuple[str, int]) -> None:
        """Hand a datagram in at once, so that what comes of it is known when this returns."""
        self._callback_function(self, address, message)

    def close_transport(self) -> None:
        """Nothing is held here."""
        self.unregister_callback()


class Ear(ntfrcv.NotificationReceiver):  # type: ignore[misc]  # pysnmp is untyped
    """One engine that believes one credential; tells before it acknowledges."""

    def __init__(self, credential: Community | User, engine_id: bytes, heard: Callable[[Told], Dropped | None]) -> None:
        self._engine = engine.SnmpEngine()
        self._tell = heard
        self._has_told = False
        self._message = b""
        self._why: Dropped | None = None
        self._error: Exception | None = None
        self._user = credential if isinstance(credential, User) else None
        self._sentry = Sentry(credential, engine_id) if isinstance(credential, User) else None
        self._name(engine_id)
        self.channel = Channel(loop=asyncio.get_running_loop())
        config.add_transport(self._engine, udp.DOMAIN_NAME, self.channel)
        if isinstance(credential, Community):
            config.add_v1_system(self._engine, "sender", credential.community.reveal())
        else:
            self._believe(credential, engine_id)
        super().__init__(self._engine, lambda *_told: None)
        self._counters = [self._symbol(*name) for name in (DECRYPTION, COMMUNITIES)]

    def _believe(self, user: User, engine_id: bytes) -> None:
        """Take a user's messages that are for, or from, an engine."""
        config.add_v3_user(
            self._engine,
            user.name,
            AUTH[user.auth],
            key_of(user.auth_password.reveal(), user.auth),
            PRIV[user.priv],
            key_of(user.priv_password.reveal(), user.auth),
            securityEngineId=rfc1902.OctetString(engine_id),
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )

    def _name(self, engine_id: bytes) -> None:
        """Give the engine its id and boots; told at its making, pysnmp would remember them under /tmp."""
        own, boots = (self._symbol("SNMP-FRAMEWORK-MIB", name) for name in ("snmpEngineID", "snmpEngineBoots"))
        own.syntax = self._engine.snmpEngineID = own.syntax.clone(engine_id)
        boots.syntax = boots.syntax.clone(int(time.time()) - EPOCH_S)

    def _symbol(self, module: str, name: str) -> Any:  # noqa: ANN401 - pysnmp is untyped
        [found] = self._engine.get_mib_builder().import_symbols(f"__{module}", name)
        return found

    def hear(self, message: bytes, address: tuple[str, int]) -> Dropped | None:
        """Let the engine read a datagram; why it was not taken, if it was not."""
        if self._sentry and self._user:
            why, sender = self._sentry.judge(message)
            if why:
                return why
            if sender is not None:
                self._believe(self._user, sender)
        self._has_told, self._why, self._error = False, None, None
        self._message = message
        self.channel.has_answered = False
        before = self._refusals()
        try:
            self.channel.hear(message, address)
        except Exception as error:
            if self._error is not None:
                raise self._error from error
            return Dropped.MALFORMED
        if self._has_told or (self._sentry and self.channel.has_answered):
            return self._why  # a v3 engine that only answers has told the sender who it is and what time it is
        return Dropped.REFUSED if self._refusals() != before or _is_v3(message) else Dropped.MALFORMED

    def _refusals(self) -> list[int]:
        return [int(counter.syntax) for counter in self._counters]

    def process_pdu(self, snmp_engine: object, *rest: Any) -> None:  # noqa: ANN401 - as above
        """Keep what the engine believes, then let it acknowledge."""
        _mpm, _model, _name, _level, context_engine, _context, _version, pdu, *_more = rest
        sender = bytes(context_engine).hex() if self._user and pdu.tagSet not in CONFIRMED_CLASS_PDUS else ""
        raw = encoder.encode(pdu) if self._user else _pdu_in(self._message)
        self._has_told = True
        try:
            self._why = self._tell(Told(raw=raw, varbinds=_varbinds(pdu), engine=sender))
        except Exception as error:
            self._error = error
            raise
        super().process_pdu(snmp_engine, *rest)

    def close(self) -> None:
        """End the engine."""
        self._engine.close_dispatcher()
