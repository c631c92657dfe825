"""One round of fuzzing a reader of access lists: typed errors only, and both ways of judging agree."""

import json
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from acl_packets import packet, verdict
from mutated import STRANGE, mutated
from nft_fuzz_rounds import judge

from qianyun.errors import QianyunError
from qianyun.verify.acls.asa import read_asa
from qianyun.verify.acls.comware import read_comware
from qianyun.verify.acls.filters import Configuration
from qianyun.verify.acls.fortios import read_fortios
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.neutron import read_neutron
from qianyun.verify.acls.vrp import read_vrp
from qianyun.verify.chains import Ruleset
from qianyun.verify.iptables import read_iptables
from qianyun.verify.reading import read_firewall

CASES = Path(__file__).parent.parent / "cases" / "acls"
READERS: Mapping[str, Callable[[str, str], Configuration]] = {
    "ios": read_ios,
    "asa": read_asa,
    "vrp": read_vrp,
    "comware": read_comware,
    "fortios": read_fortios,
    "neutron": read_neutron,
}
TABLES: Mapping[str, Callable[[str, str], Ruleset]] = {"iptables": read_iptables, "firewall": read_firewall}
"""Readers of tables; a firewall is what ipset, iptables and ip6tables save, one behind the other."""
SAMPLES = {
    **{vendor: CASES / f"{vendor}.cfg" for vendor in READERS},
    "neutron": CASES / "neutron.json",
    "usg": CASES.parent / "compile" / "three_zones" / "expected.usg",
    "iptables": CASES / "iptables.rules",
    "firewall": CASES / "firewall.txt",
}
BENT = 0.7
"""Share of rounds that leave the frame of a listing whole."""
VALUES = re.compile(r'"[^"]*"|\b\d+\b|\bnull\b|\btrue\b|\bfalse\b')
VENDORS = tuple(SAMPLES)
PACKETS = (
    "tcp 10.1.2.3 192.0.2.9 22", "tcp 198.51.100.1 192.0.2.1 443", "udp 10.0.0.1 198.51.100.7 53",
    "icmp 10.0.0.1 192.0.2.1 8/0", "tcp 2001:db8:1::1 2001:db8:2::1 443", "icmpv6 2001:db8:1::1 2001:db8:2::1 128/0",
)  # fmt: skip


def fuzz_round(vendor: str, seed: int) -> str:
    """Read one mutated configuration, and judge some packets by every filter; how it ended, in a word.

    Raises:
        Exception: Whatever is no error of our own: a finding.
    """
    chance = random.Random(f"{vendor} {seed}")  # noqa: S311 - repeatable, not secret
    text, edits = SAMPLES[vendor].read_text(encoding="utf-8"), chance.randrange(1, 9)
    bent = vendor in TABLES and chance.random() < BENT
    bend = _values_bent if vendor == "neutron" and chance.random() < BENT else _rules_bent if bent else mutated
    text = bend(text, chance, edits)
    try:
        unread = _tables(vendor, text, chance) if vendor in TABLES else _filters(vendor, text, chance)
    except QianyunError:
        return "refused"
    return "doubted" if unread else "read"


def _rules_bent(text: str, chance: random.Random, edits: int) -> str:
    """Rules and elements changed each for itself, so that the listing as a whole still holds together."""
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if line.startswith(("-A ", "add "))]
    for _edit in range(edits):
        at, other = chance.choice(places), chance.choice(places)
        head, _blank, tail = lines[at].partition(" ")
        both = mutated(f"{tail}\n{lines[other].partition(' ')[2]}", chance, 1)
        lines[at] = f"{head} {both.partition(chr(10))[0]}"
    return "\n".join(lines)


def _values_bent(text: str, chance: random.Random, edits: int) -> str:
    """Values and keys of JSON exchanged for others, or for strange ones; it stays JSON most of the time."""
    for _edit in range(edits):
        found = list(VALUES.finditer(text))
        at, other = chance.choice(found), chance.choice(found).group()
        new = other if chance.random() < BENT else json.dumps(chance.choice(STRANGE))
        text = text[: at.start()] + new + text[at.end() :]
    return text


def _filters(vendor: str, text: str, chance: random.Random) -> bool:
    """Whether something in the filters was not understood."""
    read = READERS.get(vendor, read_vrp) if chance.random() < 0.9 else READERS[chance.choice(sorted(READERS))]
    filters = read(text, vendor).filters.values()
    for filter_ in filters:
        verdict(filter_, packet(chance.choice(PACKETS)))
    return any(filter_.unread for filter_ in filters)


def _tables(vendor: str, text: str, chance: random.Random) -> bool:
    ruleset = TABLES[vendor](text, vendor)
    judge(ruleset, [packet(each) for each in PACKETS], chance)
    return bool(ruleset.unread)
