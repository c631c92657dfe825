"""Which device is this: vendor, family, model, version, serial, from rules and never from a list of known devices.

The rules of a family are tried in the order of how closely they fit; a device that fits none is
named after the enterprise that registered its sysObjectID and by what ENTITY-MIB says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.answers import Answers
from collectors.ber import Oid, parse_oid
from collectors.rules import MODEL, NAME, SERIAL, SOFTWARE, Clue, Entity, Kind, Reading, Rule
from collectors.vendors import ENTERPRISES, RULES

REGISTERED = parse_oid("1.3.6.1.4.1")
CHASSIS_MODEL = (Entity(MODEL), Entity(NAME))
CHASSIS_VERSION = (Entity(SOFTWARE),)
CHASSIS_SERIAL = (Entity(SERIAL),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a device is; each value with the name it came from, `None` for what it does not tell."""

    vendor: str
    family: str
    kind: Kind
    model: Reading | None = None
    version: Reading | None = None
    serial: Reading | None = None
    patch: Reading | None = None


def candidates(object_id: Oid, description: str) -> tuple[Rule, ...]:
    """Rules that fit by first sight, the closest first."""
    ranked = [(rule.rank(object_id, description), rule) for rule in RULES]
    return tuple(rule for rank, rule in sorted(ranked, key=lambda pair: -pair[0]) if rank > 0)


def questions(rules: Iterable[Rule]) -> tuple[tuple[Oid, ...], tuple[Oid, ...]]:
    """Scalars and columns that these rules need, each once."""
    clues = [clue for rule in rules for clue in rule.clues]
    asked = dict.fromkeys(name for clue in clues for name in clue.asked)
    walked = dict.fromkeys(name for clue in clues for name in clue.walked)
    return tuple(asked), tuple(walked)


def identify(answers: Answers) -> Identity:
    """Name a device from what it answered."""
    for rule in candidates(answers.object_id, answers.description):
        if rule.shown_by is None or rule.shown_by.read(answers):
            return _by_rule(rule, answers)
    return Identity(
        vendor=vendor_of(answers.object_id),
        family="",
        kind=Kind.OTHER,
        model=_first(CHASSIS_MODEL, answers),
        version=_first(CHASSIS_VERSION, answers),
        serial=_first(CHASSIS_SERIAL, answers),
    )


def _by_rule(rule: Rule, answers: Answers) -> Identity:
    return Identity(
        vendor=rule.vendor,
        family=rule.family,
        kind=rule.kind,
        model=_first((*rule.model, *CHASSIS_MODEL), answers),
        version=_first((*rule.version, *CHASSIS_VERSION), answers),
        serial=_first((*rule.serial, *CHASSIS_SERIAL), answers),
        patch=_first(rule.patch, answers),
    )


def _first(clues: Iterable[Clue], answers: Answers) -> Reading | None:
    return next((found for clue in clues if (found := clue.read(answers))), None)


def vendor_of(object_id: Oid) -> str:
    """The enterprise that registered an identifier; empty when it is unknown."""
    size = len(REGISTERED)
    if object_id[:size] != REGISTERED or len(object_id) <= size:
        return ""
    return ENTERPRISES.get(object_id[size], f"enterprise {object_id[size]}")
