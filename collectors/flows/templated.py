"""NetFlow version 9 and IPFIX: records whose form the exporter tells first, in templates.

What an exporter may make us remember is bounded: sessions, templates, fields, samplers. A datagram that does
not keep the protocol is refused whole, a data set whose template did not come yet is counted and left.

Sources: RFC 3954 (NetFlow 9), RFC 7011 (IPFIX), RFC 7012 and IANA's registry of information elements,
RFC 5103 (both directions in one record), RFC 5477 (sampling).
"""

import struct
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from collectors.flows.netflow5 import at_uptime
from collectors.flows.records import DatagramError, FlowRecord
from collectors.flows.sightings import Address, Endpoint, address_of

V9, IPFIX = 9, 10
HEADER9, HEADER10 = struct.Struct(">HHIIII"), struct.Struct(">HHIII")
SET = PAIR = struct.Struct(">HH")
TRIPLE = struct.Struct(">HHH")
FIRST_DATA_SET, ENTERPRISE, VARIABLE, LONG = 256, 0x8000, 0xFFFF, 255
REVERSE = 29305
"""Enterprise number of elements of the other direction (RFC 5103)."""

MOST_SESSIONS, MOST_TEMPLATES, MOST_FIELDS, MOST_SAMPLERS = 4096, 1024, 512, 1024
MOST_RATE = 1 << 24
NTP_EPOCH = 2_208_988_800

OCTETS, PACKETS, PROTOCOL, FLAGS, SPORT, DPORT = (1, 2, 4, 6, 7, 11)
SOURCES, TARGETS = (8, 27), (12, 28)
FURTHER_OCTETS, FURTHER_PACKETS = (85, 23, 231), (86, 24, 298)
"""Totals, outgoing and of the initiator, where the plain count is missing."""

BACK_OCTETS, BACK_PACKETS = (232,), (299,)
SHOWN, ASKED, SHOWN_PORT, ASKED_PORT = (225, 281), (226, 282), 227, 228
UPTIME_END, UPTIME_START, STARTED_MS = 21, 22, 160
STARTS: Mapping[int, float] = {150: 1, 152: 1e-3}
ENDS: Mapping[int, float] = {151: 1, 153: 1e-3}
"""Elements of seconds and milliseconds since the epoch."""

NTP_STARTS, NTP_ENDS = (154, 156), (155, 157)
DELTA_START, DELTA_END = 158, 159
SAMPLERS, INTERVALS = (48, 302), (34, 50)
TAKEN, SKIPPED, SIZE, POPULATION = 305, 306, 309, 310

Values = dict[int, bytes]
"""Raw value by element; those of the other direction stand under their number with the sign turned."""


@dataclass(frozen=True, slots=True)
class Template:
    """The form of one record: element and length of each field, and how short a record can be."""

    fields: tuple[tuple[int, int], ...]
    shortest: int
    is_options: bool


@dataclass(slots=True)
class Session:
    """What one exporter told of one observation domain."""

    templates: OrderedDict[int, Template] = field(default_factory=OrderedDict)
    samplers: OrderedDict[int, int] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class Sessions:
    """All exporters' templates; the longest unheard is forgotten first.

    Attributes:
        waiting: Data sets that came before their template.
    """

    held: OrderedDict[tuple[str, int, int], Session] = field(default_factory=OrderedDict)
    waiting: int = 0

    def of(self, exporter: str, version: int, domain: int) -> Session:
        """The session of an exporter's domain."""
        key = (exporter, version, domain)
        session = self.held.setdefault(key, Session())
        self.held.move_to_end(key)
        while len(self.held) > MOST_SESSIONS:
            self.held.popitem(last=False)
        return session

    def decode(self, exporter: str, octets: bytes) -> tuple[FlowRecord, ...]:
        """All flow records of a message of NetFlow 9 or IPFIX.

        Raises:
            DatagramError: It does not keep the protocol.
        """
        header = HEADER9 if octets[:2] == b"\0\x09" else HEADER10
        if len(octets) < header.size:
            raise DatagramError("short header")
        if header is HEADER9:
            version, _count, uptime_ms, seconds, _sequence, domain = HEADER9.unpack_from(octets)
        else:
            version, length, seconds, _sequence, domain = HEADER10.unpack_from(octets)
            uptime_ms = 0
            if length != len(octets):
                raise DatagramError("ipfix: length and size differ")
        message = _Message(self.of(exporter, version, domain), version, uptime_ms, seconds)
        found = tuple(record for number, body in _sets(octets, header.size) for record in message.read(number, body))
        self.waiting += message.waiting
        return found


def _sets(octets: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at < len(octets):
        if len(octets) - at < SET.size:
            if any(octets[at:]):
                raise DatagramError("a set without a head")
            return
        number, length = SET.unpack_from(octets, at)
        if length < SET.size or at + length > len(octets):
            raise DatagramError("a set's length leads out of the message")
        yield number, octets[at + SET.size : at + length]
        at += length


@dataclass(slots=True)
class _Message:
    """One message under way."""

    session: Session
    version: int
    uptime_ms: int
    seconds: int
    waiting: int = 0

    def read(self, number: int, body: bytes) -> Iterator[FlowRecord]:
        """What one set brings: templates to remember, or records."""
        templates, options = (0, 1) if self.version == V9 else (2, 3)
        if number == templates:
            self._templates(body, is_options=False)
        elif number == options:
            self._templates(body, is_options=True)
        elif number >= FIRST_DATA_SET:
            template = self.session.templates.get(number)
            if template is None:
                self.waiting += 1
                return
            self.session.templates.move_to_end(number)
            for values in _records(body, template):
                if template.is_options:
                    self._sampler(values)
                elif record := self._flow(values):
                    yield record

    def _templates(self, body: bytes, *, is_options: bool) -> None:
        at, held = 0, self.session.templates
        while len(body) - at >= PAIR.size:
            number, count = PAIR.unpack_from(body, at)
            if number == 0:
                return  # padding
            if number < FIRST_DATA_SET:
                raise DatagramError("a template with a reserved number")
            at += PAIR.size
            if count == 0 and self.version == IPFIX:
                held.pop(number, None)  # withdrawn (RFC 7011, 8.1)
                continue
            if is_options:
                count, at = self._options_count(count, body, at)
            template, at = self._template(count, body, at, is_options=is_options)
            held[number] = template
            held.move_to_end(number)
            while len(held) > MOST_TEMPLATES:
                held.popitem(last=False)

    def _options_count(self, count: int, body: bytes, at: int) -> tuple[int, int]:
        """Number of fields, scope and all; version 9 gives the octets of both parts."""
        if len(body) - at < 2:  # noqa: PLR2004 - one number
            raise DatagramError("an options template is cut off")
        second = int.from_bytes(body[at : at + 2])
        if self.version == V9:
            if count % PAIR.size or second % PAIR.size:
                raise DatagramError("v9: an options template of odd length")
            return (count + second) // PAIR.size, at + 2
        if not 0 < second <= count:
            raise DatagramError("ipfix: an options template without scope")
        return count, at + 2

    def _template(self, count: int, body: bytes, at: int, *, is_options: bool) -> tuple[Template, int]:
        if count > MOST_FIELDS:
            raise DatagramError("a template of too many fields")
        fields: list[tuple[int, int]] = []
        for _each in range(count):
            if len(body) - at < PAIR.size:
                raise DatagramError("a template is cut off")
            element, length = PAIR.unpack_from(body, at)
            at += PAIR.size
            if self.version == IPFIX and element & ENTERPRISE:
                if len(body) - at < PAIR.size:
                    raise DatagramError("a template is cut off")
                enterprise = int.from_bytes(body[at : at + 4])
                at += PAIR.size
                number = element & ~ENTERPRISE
                element = -number if enterprise == REVERSE else 0
            fields.append((element, length))
        shortest = sum(1 if length == VARIABLE and self.version == IPFIX else length for _element, length in fields)
        if not shortest:
            raise DatagramError("a template of records without octets")
        return Template(tuple(fields), shortest, is_options), at

    def _sampler(self, values: Values) -> None:
        """Remember the rate of a sampler that an options record tells."""
        rate = next((rate for element in INTERVALS if (rate := _number(values, element))), 0)
        if taken := _number(values, TAKEN):
            rate = (taken + _number(values, SKIPPED)) // taken
        if size := _number(values, SIZE):
            rate = _number(values, POPULATION) // size
        if not 0 < rate <= MOST_RATE:
            return
        held, number = self.session.samplers, _first(values, SAMPLERS)
        held[number] = rate
        held.move_to_end(number)
        while len(held) > MOST_SAMPLERS:
            held.popitem(last=False)

    def _flow(self, values: Values) -> FlowRecord | None:
        """A record of addresses and ports; others, such as those of layer 2 alone, are none of ours."""
        source, target = _address(values, SOURCES), _address(values, TARGETS)
        if source is None or target is None or PROTOCOL not in values:
            return None
        one = Endpoint(source, _number(values, SPORT))
        other = Endpoint(target, _number(values, DPORT))
        asked, shown = self._translated(values, one, other)
        held = self.session.samplers
        rate = held.get(_first(values, SAMPLERS)) or held.get(0) or _first(values, INTERVALS)
        rate = rate if 0 < rate <= MOST_RATE else 1
        octets = _first(values, (OCTETS, *FURTHER_OCTETS))
        packets = _first(values, (PACKETS, *FURTHER_PACKETS))
        back = _first(values, (*BACK_OCTETS, -OCTETS))
        back_packets = _first(values, (*BACK_PACKETS, -PACKETS))
        began = self._moment(values, STARTS, NTP_STARTS, UPTIME_START, DELTA_START)
        ended = self._moment(values, ENDS, NTP_ENDS, UPTIME_END, DELTA_END)
        return FlowRecord(
            protocol=_number(values, PROTOCOL),
            source=one,
            target=asked or other,
            octets=(octets + back) * rate,
            packets=(packets + back_packets) * rate,
            flags=_number(values, FLAGS) & 0xFF if FLAGS in values else None,
            began=min(began, ended or began),
            ended=max(began, ended),
            rate=rate,
            asked=other if asked else None,
            shown=shown,
            is_both=bool(back or back_packets),
        )

    @staticmethod
    def _translated(values: Values, one: Endpoint, other: Endpoint) -> tuple[Endpoint | None, Endpoint | None]:
        """The real target and the shown source, where they are others than before translation."""
        target, source = _address(values, ASKED), _address(values, SHOWN)
        real = Endpoint(target or other.address, _number(values, ASKED_PORT) or other.port)
        shown = Endpoint(source or one.address, _number(values, SHOWN_PORT) or one.port)
        is_target = real != other and not real.address.is_unspecified
        is_source = shown != one and not shown.address.is_unspecified
        return real if is_target else None, shown if is_source else None

    def _moment(
        self, values: Values, scales: Mapping[int, float], ntp: tuple[int, ...], uptime: int, delta: int
    ) -> float:
        for element, scale in scales.items():
            if element in values:
                return _number(values, element) * scale
        for element in ntp:
            if len(values.get(element, b"")) == 8:  # noqa: PLR2004 - an NTP time stamp
                return _number(values, element) / (1 << 32) - NTP_EPOCH
        if delta in values:
            return self.seconds - _number(values, delta) / 1e6
        if uptime not in values:
            return float(self.seconds)
        if self.version == V9:
            return at_uptime(self.seconds, self.uptime_ms, _number(values, uptime))
        return (_number(values, STARTED_MS) + _number(values, uptime)) / 1000 if STARTED_MS in values else self.seconds


def _records(body: bytes, template: Template) -> Iterator[Values]:
    at = 0
    while len(body) - at >= template.shortest:
        values: Values = {}
        for element, declared in template.fields:
            length = declared
            if length == VARIABLE:
                length, at = _length(body, at)
            if at + length > len(body):
                raise DatagramError("a record leads out of its set")
            if element:
                values[element] = body[at : at + length]
            at += length
        yield values


def _length(body: bytes, at: int) -> tuple[int, int]:
    """A field's own length (RFC 7011, 7): one octet, or 255 and two."""
    if at >= len(body):
        raise DatagramError("a length leads out of its set")
    if body[at] < LONG:
        return body[at], at + 1
    if at + 3 > len(body):
        raise DatagramError("a length leads out of its set")
    return int.from_bytes(body[at + 1 : at + 3]), at + 3


def _number(values: Values, element: int) -> int:
    """An unsigned number of whatever length the exporter chose (RFC 7011, 6.2); 0 where there is none."""
    return int.from_bytes(values.get(element, b"")[:8])


def _first(values: Values, elements: tuple[int, ...]) -> int:
    return next((number for element in elements if (number := _number(values, element))), 0)


def _address(values: Values, elements: tuple[int, int]) -> Address | None:
    for element, size in zip(elements, (4, 16), strict=True):
        if len(values.get(element, b"")) == size:
            return address_of(values[element])
    return None
