"""Single edits of compiled rulesets in the small world, and whether they change what may be opened.

The judge is the reader of our text in `nft_text`, packet by packet; it knows nothing of packet sets.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from ipaddress import IPv4Address, IPv4Network

from nft_text import Packet, parse
from qianyun.policy.model import ICMP, TCP, UDP
from worlds import ADDRESSES, BASE

NUMBER = re.compile(r"(?:dport|type) (\d+)")
PREFIX = re.compile(r"10\.0\.0\.\d+(?:/\d+)?")


def differ(text: str, other: str) -> bool:
    """Whether some packet may open a connection by one text alone; one of each kind that they tell apart is tried."""
    one, two = parse(text), parse(other)
    return any(one.judge(packet)[0] != two.judge(packet)[0] for packet in _kinds(text, other))


def _kinds(*texts: str) -> Iterator[Packet]:
    ends = {BASE, BASE + 12}
    ports = {0, 65535}
    for text in texts:
        for prefix in map(IPv4Network, PREFIX.findall(text)):
            ends |= {int(prefix.network_address), int(prefix.broadcast_address) + 1}
        for line in text.splitlines():
            if "dport" in line or "type" in line:
                numbers = {int(word) for word in re.findall(r"\b\d+\b", line.split("counter")[0])}
                ports |= numbers | {number + 1 for number in numbers}
    addresses = [IPv4Address(end) for end in sorted(ends) if end in ADDRESSES]
    for source in addresses:
        for destination in addresses:
            for protocol in (TCP, UDP, ICMP):
                for port in sorted(ports):
                    if port < 256 or (protocol != ICMP and port < 65536):
                        yield Packet(source, destination, protocol, port)


def edited(text: str, chance: random.Random) -> str:
    """The text with one edit; nft would still take it."""
    while True:
        lines = text.splitlines()
        chance.choice(EDITS)(lines, chance)
        new = "\n".join(lines) + "\n"
        if new != text:
            return new


@cache
def _is_rule(line: str) -> bool:
    return line.startswith("\t\t") and "counter" in line and "ct state" not in line


def _rules(lines: list[str]) -> list[int]:
    return [at for at, line in enumerate(lines) if _is_rule(line)]


def _delete(lines: list[str], chance: random.Random) -> None:
    del lines[chance.choice(_rules(lines))]


def _swap(lines: list[str], chance: random.Random) -> None:
    rules = _rules(lines)
    pairs = [at for at in rules if at + 1 in rules]
    if pairs:
        at = chance.choice(pairs)
        lines[at], lines[at + 1] = lines[at + 1], lines[at]


def _copy(lines: list[str], chance: random.Random) -> None:
    rules = _rules(lines)
    lines.insert(chance.choice(rules), lines[chance.choice(rules)])


def _verdict(lines: list[str], chance: random.Random) -> None:
    at = chance.choice(_rules(lines))
    other = {"accept": "drop", "drop": "accept"}
    lines[at] = re.sub(r"counter (accept|drop)", lambda found: f"counter {other[found[1]]}", lines[at])


def _port(lines: list[str], chance: random.Random) -> None:
    at = chance.choice(_rules(lines))
    found = NUMBER.search(lines[at])
    if found and "-" not in lines[at][found.end() : found.end() + 1]:
        lines[at] = f"{lines[at][: found.start(1)]}{chance.randrange(8)}{lines[at][found.end(1) :]}"


def _protocol(lines: list[str], chance: random.Random) -> None:
    at = chance.choice(_rules(lines))
    other = {"tcp": "udp", "udp": "tcp"}
    lines[at] = re.sub(r"\b(tcp|udp) dport", lambda found: f"{other[found[1]]} dport", lines[at])


def _set_name(lines: list[str], chance: random.Random) -> None:
    at = chance.choice(_rules(lines))
    names = [line.split()[1] for line in lines if line.startswith("\tset ")]
    if names:
        lines[at] = re.sub(r"@\S+", f"@{chance.choice(names)}", lines[at], count=1)


def _negation(lines: list[str], chance: random.Random) -> None:
    at = chance.choice(_rules(lines))
    if "!= @" in lines[at]:
        lines[at] = lines[at].replace("!= @", "@")
    else:
        lines[at] = re.sub(r"(?<=daddr )@", "!= @", lines[at])


def _element(lines: list[str], chance: random.Random) -> None:
    """Lengthen the prefix of an element: half of it goes, and what stays overlaps nothing new."""
    places = [at for at, line in enumerate(lines) if line.startswith("\t\t\t") and PREFIX.search(line)]
    if places:
        at = chance.choice(places)
        found = PREFIX.search(lines[at])
        net = IPv4Network(found[0]) if found else IPv4Network("10.0.0.0/32")
        if net.prefixlen < 32:
            half = chance.choice(list(net.subnets()))
            lines[at] = lines[at].replace(str(net), str(half))


def _goto(lines: list[str], chance: random.Random) -> None:
    places = [at for at, line in enumerate(lines) if ": goto from_" in line]
    if places:
        at = chance.choice(places)
        lines[at] = re.sub(r"from_\w+", f"from_{chance.choice(['outside', 'web', 'data'])}", lines[at])


EDITS: tuple[Callable[[list[str], random.Random], None], ...] = (
    _delete, _swap, _copy, _verdict, _port, _protocol, _set_name, _negation, _element, _goto,
)  # fmt: skip
