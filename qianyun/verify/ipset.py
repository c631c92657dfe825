"""Reader of `ipset save`: the sets that rules of iptables look packets up in.

A set of a type that we do not know, or with an element that we cannot read, is kept without its
contents and listed: whether a packet is in it is then unproven.

Source: ipset(8).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from types import MappingProxyType

from qianyun.errors import Fault, ReadError
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number, statements
from qianyun.verify.chains import Unread
from qianyun.verify.fields import ICMP, ICMPV6, Range, interface_range
from qianyun.verify.iptables_names import PROTOCOLS, SET_MESSAGES, SET_MESSAGES6
from qianyun.words import _

LIST = "list:set"
KINDS: Mapping[str, tuple[str, ...]] = {
    LIST: ("set",),
    **{
        f"bitmap:{parts}": tuple(parts.split(","))
        for parts in ("ip", "ip,mac", "port")
    },
    **{
        f"hash:{parts}": tuple(parts.split(","))
        for parts in (
            "ip", "ip,port", "ip,port,ip", "ip,port,net", "ip,mark", "ip,mac", "mac",
            "net", "net,port", "net,iface", "net,net", "net,port,net",
        )
    },
}  # fmt: skip
"""Types of sets by name, with the parts of an element."""
VALUED = ("timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue")
TOP_PORT = 65535
_WORDS = re.compile(r'"[^"]*"|\S+')


@dataclass(frozen=True, slots=True)
class Addresses:
    """Neighbouring addresses that begin with the same `length` bits."""

    span: Range
    length: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of a protocol; ICMP's are type and code. `None` means TCP and UDP."""

    protocol: int | None
    span: Range


@dataclass(frozen=True, slots=True)
class Interfaces:
    """A name of an interface, or how it begins."""

    span: Range


@dataclass(frozen=True, slots=True)
class Other:
    """The name of another set, or what no packet shows (a hardware address, a bridge's port)."""

    text: str


Part = Addresses | Ports | Interfaces | Other


@dataclass(frozen=True, slots=True)
class Member:
    """One element.

    Attributes:
        excludes: `nomatch`: what it holds is not in the set.
        expires: It has a timeout, and may be gone by now.
    """

    parts: tuple[Part, ...]
    excludes: bool = False
    expires: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IpSet:
    """One set.

    Attributes:
        kind: Type by its name.
        version: 4 or 6; 0 for sets of ports and lists, which serve both.
        mask: Of addresses before they are looked up; `None` for all bits.
        known: All elements have been read.
    """

    name: str
    kind: str
    place: str
    version: int
    mask: int | None = None
    members: tuple[Member, ...] = ()
    known: bool = True

    @property
    def parts(self) -> tuple[str, ...]:
        """What an element consists of."""
        return KINDS.get(self.kind, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class IpSets:
    """All sets of a firewall by their names, and what could not be read of them."""

    by_name: Mapping[str, IpSet]
    unread: tuple[Unread, ...] = ()


NO_SETS = IpSets(by_name=MappingProxyType({}))


def read_ipset(text: str, name: str) -> IpSets:
    """Sets of a listing.

    Args:
        text: What `ipset save` shows.
        name: Name of the file or firewall, for places.

    Raises:
        ReadError: Lines that neither create a set nor add to one that is there; all of them.
    """
    found, members, unread, faults = dict[str, IpSet](), dict[str, list[Member]](), list[Unread](), list[Fault]()
    for statement in statements(text, name):
        place = f"{name}:{statement.number}"
        words = _WORDS.findall(statement.text)
        try:
            if words[0] == "create" and len(words) > 2:  # noqa: PLR2004 - name and type
                statement.must_be_whole()
                found[words[1]] = _created(words, place)
                members[words[1]] = []
            elif words[0] == "add" and len(words) > 2 and words[1] in found:  # noqa: PLR2004 - name and element
                statement.must_be_whole()
                if found[words[1]].parts:
                    members[words[1]].append(_member(found[words[1]], words))
            else:
                faults.append(_stray(words, place, statement))
        except NotUnderstoodError as error:
            unread.append(Unread(place=place, text=statement.text, why=str(error)))
            known = found.get(words[1]) or IpSet(name=words[1], kind="", place=place, version=0)
            found[words[1]] = replace(known, known=False)
    if faults:
        raise ReadError(faults)
    sets = {each.name: replace(each, members=tuple(members.get(each.name, ()))) for each in found.values()}
    return IpSets(by_name=MappingProxyType(sets), unread=tuple(unread))


def _stray(words: list[str], place: str, statement: Statement) -> Fault:
    what = (
        _("the set {name!r} is added to, but was not created").format(name=words[1])
        if words[0] == "add" and len(words) > 2  # noqa: PLR2004 - name and element
        else _("{line!r} is no line of ipset save").format(line=statement.text)
    )
    return Fault(place=place, what=what, mend=_("collect the output of ipset save again, whole"))


def _created(words: list[str], place: str) -> IpSet:
    kind, options = words[2], Cursor(words, 3)
    if kind not in KINDS:
        raise NotUnderstoodError(_("the type {kind!r} is not modelled").format(kind=kind))
    parts = KINDS[kind]
    version = 4 if kind.startswith("bitmap:ip") or (kind.startswith("hash:") and kind != "hash:mac") else 0
    mask: int | None = None
    while options.head:
        match options.take():
            case "family":
                version = {"inet": 4, "inet6": 6}.get(options.take(), version) if version else 0
            case "netmask":
                width = _width(version)
                mask = (1 << width) - (1 << width - number(options.take(), width))
            case "bitmask":
                mask = _address(options.take(), version)
            case "markmask":
                raise NotUnderstoodError(_("the word {word!r} is not known here").format(word="markmask"))
            case _:
                continue
    if mask is not None and parts[0] not in ("ip", "net"):
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word="netmask"))
    return IpSet(name=words[1], kind=kind, place=place, version=version, mask=mask)


def _member(of: IpSet, words: list[str]) -> Member:
    options, excludes, expires, wildcard = Cursor(words, 3), False, False, False
    while options.head:
        word = options.take()
        if word in ("before", "after"):
            options.take()
        elif word in VALUED:
            value = options.take()
            expires |= word == "timeout" and value != "0"
        elif word in ("nomatch", "wildcard"):
            excludes, wildcard = excludes or word == "nomatch", wildcard or word == "wildcard"
        else:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=word))
    texts = words[2].split(",")
    if len(texts) != len(of.parts) and of.kind != "bitmap:ip,mac":
        raise NotUnderstoodError(_("{element!r} is no element of {kind}").format(element=words[2], kind=of.kind))
    read = tuple(_parts(of, texts, wildcard=wildcard))
    return Member(read, excludes, expires)


def _parts(of: IpSet, texts: list[str], *, wildcard: bool) -> Iterator[Part]:
    for kind, text in zip(of.parts, texts, strict=False):
        match kind:
            case "ip" | "net":
                yield _addresses(text, of.version)
            case "port":
                yield _ports(text, named=of.kind != "bitmap:port")
            case "iface" if not text.startswith("physdev:"):
                yield Interfaces(interface_range(f"{text}*" if wildcard else text))
            case _:
                yield Other(text)


def _addresses(text: str, version: int) -> Addresses:
    first, dash, last = text.partition("-")
    width = _width(version)
    if dash:
        low, high = _address(first, version), _address(last, version)
        if low > high:
            raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=text))
        return Addresses((low, high), width)
    address, slash, length = text.partition("/")
    bits = number(length, width) if slash else width
    loose = (1 << width - bits) - 1
    low = _address(address, version) & ~loose
    return Addresses((low, low | loose), bits)


def _ports(text: str, *, named: bool) -> Ports:
    protocol, colon, value = text.rpartition(":")
    if not named:
        return Ports(None, _span(value))
    if not colon:
        raise NotUnderstoodError(_("the word {word!r} is not known here").format(word=text))
    found = PROTOCOLS.get(protocol)
    known = number(protocol, 255) if found is None else found
    return Ports(known, _message(known, value) if known in (ICMP, ICMPV6) else _span(value))


def _message(protocol: int, text: str) -> Range:
    named = (SET_MESSAGES if protocol == ICMP else SET_MESSAGES6).get(text)
    kind, _slash, code = text.partition("/")
    word = named if named is not None else number(kind, 255) << 8 | number(code, 255)
    return word, word


def _span(text: str) -> Range:
    first, dash, last = text.partition("-")
    low = number(first, TOP_PORT)
    return low, number(last, TOP_PORT, low) if dash else low


def _width(version: int) -> int:
    return 128 if version == 6 else 32  # noqa: PLR2004 - IP version


def _address(text: str, version: int) -> int:
    try:
        found = ip_address(text)
    except ValueError:
        found = None
    if found is None or found.version != version:
        raise NotUnderstoodError(_("{word!r} is no IPv{version} address").format(word=text, version=version))
    return int(found)
