"""Options of iptables that ask for addresses and interfaces.

Source: iptables(8); iptables-extensions(8), iprange.
"""

from collections.abc import Mapping
from ipaddress import ip_address

from qianyun.verify.acls.matches import of_wildcard
from qianyun.verify.acls.statements import NotUnderstoodError, number
from qianyun.verify.conditions import Condition, In, any_of, cannot_tell, is_
from qianyun.verify.fields import DST4, DST6, SRC4, SRC6, Field, interface_range, masked
from qianyun.verify.iptables_options import Options
from qianyun.words import _

SOURCE, DESTINATION = {4: SRC4, 6: SRC6}, {4: DST4, 6: DST6}


def address(rule: Options, sides: Mapping[int, Field]) -> Condition:
    """Addresses with prefix lengths or masks, one or several."""
    side = sides[rule.version]
    return any_of(*(_prefix(rule, word, side) for word in rule.cursor.take().split(",")))


def _prefix(rule: Options, word: str, side: Field) -> Condition:
    address, _slash, mask = word.partition("/")
    first, width = _address(address, rule.version), side.top.bit_length()
    if not mask or mask.isdecimal():
        loose = (1 << width - number(mask or str(width), width)) - 1
    else:
        loose = ~_address(mask, rule.version) & side.top
    ranges = of_wildcard(first, loose) if width == 32 else masked(side, ~loose & side.top, first & ~loose)  # noqa: PLR2004 - bits of IPv4
    if ranges is None:
        rule.unknown.append(_("the mask leaves too many pieces to name"))
        return cannot_tell(f"{rule.place} {word}")
    return In(side, ranges)


def span(rule: Options, sides: Mapping[int, Field]) -> Condition:
    """`--src-range A-B`."""
    low, _dash, high = rule.cursor.take().partition("-")
    first = _address(low, rule.version)
    last = _address(high, rule.version) if high else first
    return is_(sides[rule.version], (min(first, last), max(first, last)))


def interface(rule: Options, asked: Field) -> Condition:
    """A name, or its beginning with `+`."""
    name = rule.cursor.take()
    return is_(asked, interface_range(f"{name[:-1]}*" if name.endswith("+") else name))


def _address(word: str, version: int) -> int:
    try:
        found = ip_address(word)
    except ValueError:
        found = None
    if found is None or found.version != version:
        raise NotUnderstoodError(_("{word!r} is no IPv{version} address").format(word=word, version=version))
    return int(found)
