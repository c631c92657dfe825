"""What verification found: each finding with its packets, its lines and the clause it offends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qianyun.verify.boxes import boxes, readable
from qianyun.verify.fields import Ranges
from qianyun.verify.packets import Packet
from qianyun.verify.space import PacketSet

MOST_BOXES = 12


class Kind(StrEnum):
    """What is wrong."""

    FORBIDDEN = "forbidden"
    """Packets pass that no flow permits."""
    REFUSED = "refused"
    """Packets of a declared flow do not pass."""
    UNANSWERED = "unanswered"
    """Packets of a declared flow pass, and what answers them does not come back."""
    UNPROVEN = "unproven"
    """Something was not understood, and for these packets it matters."""
    LOOSE_REPLY = "loose_reply"
    """A firewall without state lets pass what only looks like an answer."""
    NEVER_MATCHES = "never_matches"
    """A rule that no packet reaches."""
    ANY_ANY = "any_any"
    """A rule that accepts from every source to every destination."""
    RISKY_PORT = "risky_port"
    """A port that must stay closed is open to the outside."""
    DISPARITY = "disparity"
    """IPv4 and IPv6 are not treated alike."""
    NO_DEFAULT_DENY = "no_default_deny"
    """What no rule names passes."""
    OFF_EGRESS = "off_egress"
    """Packets leave for the outside elsewhere than at the unified egress."""
    ADJACENT_ZONES = "adjacent_zones"
    """Two zones that do not border each other share a segment or a host."""
    ROUTE_LOOP = "route_loop"
    """Boxes send packets round in a circle."""
    BLACK_HOLE = "black_hole"
    """A box is sent packets that it does nothing with."""
    EXPIRED_WAIVER = "expired_waiver"
    """Nobody answers any more for what was waived."""


class Severity(StrEnum):
    """How bad it is."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A line of configuration, or of the declaration.

    Attributes:
        place: `file:line` or handle.
    """

    place: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        check: Id of the check in the catalogue, for example `B05`.
        clauses: What the profile says the check cites.
        firewall: Where it was found.
        origin: Zone the packets come from; empty where no zone pair is meant.
        target: Zone they go to.
        sentence: What is wrong, in one sentence.
        packets: The exact set, in disjoint boxes, cut short after `MOST_BOXES`.
        more_packets: How many boxes were cut off.
        witnesses: A packet of each version that the set holds.
        rules: The chain of lines on the firewall that decides so, in the order a packet meets them.
        offends: The line of the declaration it stands against; empty place where there is none.
        waived_by: Who answers for it, by which waiver; empty where nobody does.
    """

    kind: Kind
    check: str
    clauses: tuple[str, ...] = ()
    severity: Severity = Severity.FAIL
    firewall: str
    origin: str = ""
    target: str = ""
    sentence: str
    packets: tuple[str, ...] = ()
    more_packets: int = 0
    witnesses: tuple[Packet, ...] = ()
    rules: tuple[Cited, ...] = ()
    offends: Cited = Cited(place="")
    waived_by: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        """What a waiver may name to cover it: the flow or zone it offends, the zone pair, the firewall."""
        return (self.offends.text, f"{self.origin}→{self.target}", self.firewall)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was asked and found about one firewall.

    Attributes:
        firewall: Its name.
        policy: Digest of the declared policy.
        on: The day of the policy, in ISO form.
        rules: How many rules were read.
        findings: Worst first, then by zone pair.
        unread: What was not understood; what of it matters is among the findings.
    """

    firewall: str
    policy: str
    on: str
    rules: int
    findings: tuple[Finding, ...]
    unread: tuple[Cited, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Exactly the flow matrix passes, and that is proved; what opens no connection does not count."""
        against = (Kind.FORBIDDEN, Kind.REFUSED, Kind.UNANSWERED, Kind.UNPROVEN, Kind.LOOSE_REPLY)
        return not any(finding.kind in against and finding.severity is Severity.FAIL for finding in self.findings)


def shown(packets: PacketSet, names: Mapping[Ranges, str]) -> tuple[tuple[str, ...], int]:
    """The set in boxes a person can read, and how many more there are."""
    lines: list[str] = []
    more = 0
    for box in boxes(packets):
        if len(lines) < MOST_BOXES:
            lines.append(readable(box, names))
        elif (more := more + 1) >= 1000:  # noqa: PLR2004 - nobody counts on
            break
    return tuple(lines), more


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, then as a reader looks things up."""
    kinds, severities = list(Kind), list(Severity)
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                severities.index(finding.severity), kinds.index(finding.kind), finding.origin, finding.target,
                [cited.place for cited in finding.rules], finding.sentence,
            ),
        )
    )  # fmt: skip
