"""What a device tells by itself, in traps and informs: what happened, where, and whether it must be asked again.

A notice is worth what its kind says: a port that changed, a restart, a change of the configuration or of the
parts call for the device to be asked again; a refused password and a UPS on battery are for somebody to look at.
What a notice carries is kept as text, without the secrets in it.

Source: SNMPv2-MIB and IF-MIB (1.3.6.1.6.3.1.1.5), ENTITY-MIB (47.2), UPS-MIB (33.2), LLDP-MIB, BRIDGE-MIB (17.0),
PowerNet-MIB (318.0), XUPS-MIB (534.1.11.4), MG-SNMP-UPS-MIB (705.1.11.0), CISCO-CONFIG-MAN-MIB (9.9.43.2.0),
HUAWEI-CONFIG-MAN-MIB (2011.6.10.2), HH3C-CONFIG-MAN-MIB (25506.2.4.2), JUNIPER-CFGMGMT-MIB (2636.4.5.0).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from collectors.answers import Answers
from collectors.ber import MalformedError, Oid, Varbind, decode_oid, show_oid
from collectors.decoding import oid_of, text_of
from collectors.outcome import Run
from collectors.redaction import blot
from qianyun.estate.observation import Observation
from qianyun.estate.targets import Target


class NoticeKind(StrEnum):
    """What a device tells."""

    COLD_START = "cold_start"
    WARM_START = "warm_start"
    LINK_DOWN = "link_down"
    LINK_UP = "link_up"
    AUTHENTICATION_FAILURE = "authentication_failure"
    PARTS_CHANGED = "parts_changed"
    CONFIGURATION_CHANGED = "configuration_changed"
    NEIGHBOURS_CHANGED = "neighbours_changed"
    ON_BATTERY = "on_battery"
    BATTERY_LOW = "battery_low"
    POWER_RESTORED = "power_restored"
    OTHER = "other"


TRAPS = "1.3.6.1.6.3.1.1.5"
KINDS: Mapping[str, NoticeKind] = {
    f"{TRAPS}.1": NoticeKind.COLD_START,
    f"{TRAPS}.2": NoticeKind.WARM_START,
    f"{TRAPS}.3": NoticeKind.LINK_DOWN,
    f"{TRAPS}.4": NoticeKind.LINK_UP,
    f"{TRAPS}.5": NoticeKind.AUTHENTICATION_FAILURE,
    "1.3.6.1.2.1.47.2.0.1": NoticeKind.PARTS_CHANGED,
    "1.3.6.1.4.1.9.9.43.2.0.1": NoticeKind.CONFIGURATION_CHANGED,
    "1.3.6.1.4.1.9.9.43.2.0.2": NoticeKind.CONFIGURATION_CHANGED,
    "1.3.6.1.4.1.2011.6.10.2.1": NoticeKind.CONFIGURATION_CHANGED,
    "1.3.6.1.4.1.25506.2.4.2.1": NoticeKind.CONFIGURATION_CHANGED,
    "1.3.6.1.4.1.2636.4.5.0.1": NoticeKind.CONFIGURATION_CHANGED,
    "1.0.8802.1.1.2.0.0.1": NoticeKind.NEIGHBOURS_CHANGED,
    "1.3.6.1.2.1.17.0.1": NoticeKind.NEIGHBOURS_CHANGED,
    "1.3.6.1.2.1.17.0.2": NoticeKind.NEIGHBOURS_CHANGED,
    "1.3.6.1.2.1.33.2.1": NoticeKind.ON_BATTERY,
    "1.3.6.1.4.1.318.0.5": NoticeKind.ON_BATTERY,
    "1.3.6.1.4.1.318.0.7": NoticeKind.BATTERY_LOW,
    "1.3.6.1.4.1.318.0.9": NoticeKind.POWER_RESTORED,
    "1.3.6.1.4.1.534.1.11.4.1.0.3": NoticeKind.ON_BATTERY,
    "1.3.6.1.4.1.534.1.11.4.1.0.4": NoticeKind.BATTERY_LOW,
    "1.3.6.1.4.1.534.1.11.4.1.0.5": NoticeKind.POWER_RESTORED,
    "1.3.6.1.4.1.705.1.11.0.11": NoticeKind.ON_BATTERY,
    "1.3.6.1.4.1.705.1.11.0.12": NoticeKind.POWER_RESTORED,
}
"""What is known of notifications by their registered names."""

UPS_ALARM_ADDED, UPS_ALARM_REMOVED = "1.3.6.1.2.1.33.2.3", "1.3.6.1.2.1.33.2.4"
UPS_ALARM = "1.3.6.1.2.1.33.1.6.2.1.2"
UPS_ALARMS: Mapping[tuple[str, str], NoticeKind] = {
    (UPS_ALARM_ADDED, "1.3.6.1.2.1.33.1.6.3.2"): NoticeKind.ON_BATTERY,
    (UPS_ALARM_ADDED, "1.3.6.1.2.1.33.1.6.3.3"): NoticeKind.BATTERY_LOW,
    (UPS_ALARM_REMOVED, "1.3.6.1.2.1.33.1.6.3.2"): NoticeKind.POWER_RESTORED,
}
"""UPS-MIB tells by one notification that an alarm came or went; the alarm says which."""

CALLS_FOR_ASKING = frozenset(NoticeKind) - {NoticeKind.AUTHENTICATION_FAILURE, NoticeKind.OTHER}
"""After these a device is no longer what it was when it was asked."""

TRAP_OID, UPTIME = "1.3.6.1.6.3.1.1.4.1.0", "1.3.6.1.2.1.1.3.0"
COMMUNITY = "1.3.6.1.6.3.18.1.4.0"
"""Proxies put the community here, in clear; it is dropped."""

PORT_NAMES = ("1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.1")
MOST_DETAILS, LONGEST_DETAIL = 40, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that a device told by itself.

    Attributes:
        name: Registered name of the notification, dotted.
        where: The port it is about, for ports; else empty.
        details: Name and text of what came with it.
        raw_sha256: Digest of the PDU as it came; the community is no part of it.
        engine: SNMP engine id of the sender, in hexadecimal; empty where it did not tell.
    """

    target: Target
    kind: NoticeKind
    name: str
    where: str = ""
    details: tuple[tuple[str, str], ...] = ()
    received_at: datetime
    raw_sha256: str
    engine: str = ""

    @property
    def calls_for_asking(self) -> bool:
        """Whether the device should be asked again."""
        return self.kind in CALLS_FOR_ASKING

    @property
    def subject(self) -> str:
        """What the device is known by as long as nobody has asked it."""
        return f"engine:{self.engine}" if self.engine else f"address:{self.target.address}"


def read_notice(
    varbinds: Sequence[Varbind], target: Target, received_at: datetime, raw_sha256: str, engine: str = ""
) -> Notice:
    """What a trap or an inform says; one without a name is of no known kind."""
    answers = Answers(varbinds)
    name = show_oid(oid_of(answers.scalar(TRAP_OID)) or ())
    alarm = next(iter(answers.texts(UPS_ALARM).values()), "")
    kind = KINDS.get(name) or UPS_ALARMS.get((name, alarm), NoticeKind.OTHER)
    return Notice(
        target=target,
        kind=kind,
        name=name,
        where=_port(answers) if kind in (NoticeKind.LINK_DOWN, NoticeKind.LINK_UP) else "",
        details=tuple(_details(varbinds)),
        received_at=received_at,
        raw_sha256=raw_sha256,
        engine=engine,
    )


def _port(answers: Answers) -> str:
    """The port's name, else its number."""
    named = (next(iter(answers.texts(column).values()), "") for column in PORT_NAMES)
    return next(filter(None, named), "")


def _details(varbinds: Sequence[Varbind]) -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for varbind in varbinds:
        try:
            name: Oid = decode_oid(varbind.oid)
        except MalformedError:
            continue
        shown = show_oid(name)
        if shown not in (TRAP_OID, UPTIME, COMMUNITY) and (text := text_of(varbind)):
            found.append((shown, blot(text)[:LONGEST_DETAIL]))
    return found[:MOST_DETAILS]


def observe_notice(notice: Notice, subject: str, run: Run) -> Observation:
    """A notice as it is kept, under the moment at which it came."""
    moment = f"{notice.received_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
    return Observation(
        subject=subject,
        attribute=f"notice.{moment}",
        value=(str(notice.kind), notice.target.name, notice.target.room, notice.where, notice.details),
        source=notice.name,
        raw_sha256=notice.raw_sha256,
        seen_at=notice.received_at,
        run=run.id,
    )


def told_since(observations: Sequence[Observation]) -> Mapping[str, NoticeKind]:
    """Targets that told of a change after they were asked last, with the newest thing that they told.

    Args:
        observations: The latest ones of `device.target` and of notices.
    """
    asked: dict[str, datetime] = {}
    for each in observations:
        if each.attribute == "device.target":
            asked[str(each.value)] = max(each.seen_at, asked.get(str(each.value), each.seen_at))
    told: dict[str, tuple[datetime, NoticeKind]] = {}
    for each in observations:
        if not each.attribute.startswith("notice.") or not isinstance(each.value, tuple):
            continue
        kind, target = NoticeKind(str(each.value[0])), str(each.value[1])
        if kind in CALLS_FOR_ASKING and (target not in asked or each.seen_at > asked[target]):
            told[target] = max((each.seen_at, kind), told.get(target, (each.seen_at, kind)))
    return {target: kind for target, (_at, kind) in sorted(told.items())}
