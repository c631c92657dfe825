"""A flow record, whatever protocol brought it, and what makes a datagram unbelievable."""

from dataclasses import dataclass

from collectors.flows.sightings import Endpoint

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP = 6


class DatagramError(ValueError):
    """A datagram that does not keep its protocol; nothing of it is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """Packets of one conversation in one direction.

    Attributes:
        protocol: IANA's number.
        octets: Already multiplied by the sampling rate, as are packets.
        flags: TCP's flags of all packets together; `None` where they are not told.
        began: Seconds since the epoch; 0 where it is not told.
        rate: One packet of so many was looked at.
        asked: What the target was before translation; `None` where nothing was translated.
        shown: What the source is after translation; likewise.
        is_both: Whether octets and packets are those of both directions.
    """

    protocol: int
    source: Endpoint
    target: Endpoint
    octets: int
    packets: int
    flags: int | None = None
    began: float = 0.0
    ended: float = 0.0
    rate: int = 1
    asked: Endpoint | None = None
    shown: Endpoint | None = None
    is_both: bool = False
