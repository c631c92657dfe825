"""Targets of iptables that translate addresses and ports.

Source: iptables-extensions(8), targets DNAT, SNAT, MASQUERADE, REDIRECT and NETMAP; Linux `xt_nat.c`,
`xt_MASQUERADE.c`, `xt_REDIRECT.c`, `xt_NETMAP.c`.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.chains import Hook, Step
from qianyun.verify.conditions import ALWAYS, Condition, range_of
from qianyun.verify.fields import DPORT, Range, Ranges
from qianyun.verify.translated_ends import Ends, Side
from qianyun.verify.translations import Translator
from qianyun.words import _

TARGETS = ("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP")
SOURCE_HOOKS = (Hook.POSTROUTING.name, Hook.INPUT.name)
FLAGS = ("--random", "--random-fully", "--persistent")
OPTIONS = {"DNAT": "--to-destination", "SNAT": "--to-source", "NETMAP": "--to"}


def translation(  # noqa: PLR0917 - a target, where it stands, and what comes there
    target: str, options: Sequence[str], version: int, chain: str, translator: Translator, came: Condition = ALWAYS
) -> list[Step]:
    """What a rule does that translates.

    Args:
        target: One of `TARGETS`.
        options: What follows it.
        version: Of the listing.
        chain: Where the rule stands; NETMAP translates the end that is meant there.
        translator: The ruleset's.
        came: What the rule asks of packets.

    Raises:
        NotUnderstoodError: An option or a value that is not modelled.
    """
    words = list(options)
    random = bool({"--random", "--random-fully"} & set(words))
    words = [word for word in words if word not in FLAGS]
    if target in ("MASQUERADE", "REDIRECT"):
        ports = _ports(_argument(words, "--to-ports")) if words else None
        arms = [(ALWAYS, Ends(version=version, ports=ports, own=True, random=random))]
        return translator.turned(arms) if target == "REDIRECT" else translator.steps(Side.SOURCE, arms)
    text = _argument(words, OPTIONS[target])
    if target == "NETMAP":
        side = Side.SOURCE if chain in SOURCE_HOOKS else Side.TARGET
        ends = Ends(version=version, addresses=_network(text, version), maps=True)
        return translator.steps(side, [(ALWAYS, ends)], came)
    addresses, ports = _ends(text, version)
    side = Side.SOURCE if target == "SNAT" else Side.TARGET
    return translator.steps(side, [(ALWAYS, Ends(version=version, addresses=addresses, ports=ports, random=random))])


def _argument(words: Sequence[str], option: str) -> str:
    if len(words) == 2 and words[0] == option:  # noqa: PLR2004 - an option and its value
        return words[1]
    raise NotUnderstoodError(_("the option {word!r} is not modelled").format(word=" ".join(words)))


def _ends(text: str, version: int) -> tuple[Ranges | None, Ranges | None]:
    """`192.0.2.1-192.0.2.9:80-90`; in IPv6 addresses stand in brackets where ports follow."""
    if text.startswith("["):
        addresses, _bracket, ports = text.rpartition("]")
        addresses, ports = addresses.replace("[", "").replace("]", ""), ports.removeprefix(":")
    elif version == 6 and not text.startswith(":"):  # noqa: PLR2004 - IP version
        addresses, ports = text, ""
    else:
        addresses, _colon, ports = text.partition(":")
    return (_addresses(addresses, version) if addresses else None), (_ports(ports) if ports else None)


def _addresses(text: str, version: int) -> Ranges:
    first, _dash, last = text.partition("-")
    try:
        ends = [ip_address(each) for each in (first, last or first)]
    except ValueError as error:
        raise NotUnderstoodError(_("{word!r} is no address").format(word=text)) from error
    if any(each.version != version for each in ends):
        raise NotUnderstoodError(_("{word!r} is no address").format(word=text))
    return (_ordered(int(ends[0]), int(ends[1])),)


def _ports(text: str) -> Ranges:
    first, _dash, last = text.partition("-")
    return (_ordered(number(first, DPORT.top), number(last or first, DPORT.top)),)


def _network(text: str, version: int) -> Ranges:
    try:
        network = ip_network(text, strict=False)
    except ValueError as error:
        raise NotUnderstoodError(_("{word!r} is no address").format(word=text)) from error
    if network.version != version:
        raise NotUnderstoodError(_("{word!r} is no address").format(word=text))
    return (range_of(network),)


def _ordered(a: int, b: int) -> Range:
    return min(a, b), max(a, b)
