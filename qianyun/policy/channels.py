"""Channels: what data may cross the exchange zone, from where to where, checked and masked how.

A channel is one kind of data that one side of the exchange zone pulls, and the other side hands on. A
broker carries only what a channel names; everything else stays where it is. Nothing here imports more
than Python's own library, since brokers hold it too.

Source: GB/T 39477-2020 (sharing of government data), GB/T 37988-2019 (masking by declared rules).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """One of the two sides of the exchange zone."""

    OUTER = "outer"
    """Towards the internet zone."""
    INNER = "inner"
    """Towards the extranet zone."""

    @property
    def other(self) -> "Side":
        """The side across."""
        return Side.INNER if self is Side.OUTER else Side.OUTER


class SourceKind(StrEnum):
    """How a broker pulls."""

    FOLDER = "folder"
    """Files in a folder of the broker's own host."""
    RSYNC = "rsync"
    """Files of another host, by rsync over SSH."""
    POSTGRESQL = "postgresql"
    """Rows of a query, from where the last extract ended."""


class DeliveryKind(StrEnum):
    """How a broker hands on."""

    FOLDER = "folder"
    """Into a folder of the broker's own host."""
    SSH = "ssh"
    """To the receiver on another host, over SSH."""


class ContentKind(StrEnum):
    """What a file is, by its content and never by its name."""

    CSV = "csv"
    JSON = "json"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"


MASKABLE = frozenset({ContentKind.CSV, ContentKind.JSON, ContentKind.JSON_LINES})
"""Contents with fields; all others pass as they are, if their channel says why they may."""


class Treatment(StrEnum):
    """What becomes of a field."""

    NAME = "name"
    """A person's name keeps its first character: 张**."""
    IDENTITY = "identity"
    """An identity number keeps its region and nothing of the person: 110101************."""
    PHONE = "phone"
    """A phone keeps its first three and last two digits: 138******34."""
    ADDRESS = "address"
    """An address ends with its county: 某省某市某区***."""
    PSEUDONYM = "pseudonym"
    """The same value always gives the same word, which leads back to nobody without the key."""
    PSEUDONYM_IDENTITY = "pseudonym_identity"
    """As a pseudonym, in the shape of an identity number that nobody can have."""
    EMPTY = "empty"
    """The value is left out."""
    KEEP = "keep"
    """The value passes; the channel says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a CSV file.

    Attributes:
        required: No row may leave it empty.
        pattern: What a value must match from end to end; empty for anything.
        unique: No value may stand in two rows.
        longest: Most characters of a value.
    """

    name: str
    required: bool = False
    pattern: str = ""
    unique: bool = False
    longest: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """What becomes of one field.

    Attributes:
        field: A column's name, or a path into JSON such as `applicant.phones[]`.
        why: Why a value may be kept; empty unless the treatment is `keep`.
    """

    field: str
    treatment: Treatment
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a channel's data is pulled from.

    Attributes:
        path: The folder; relative to what the other host offers for `rsync`.
        address: The other host; empty for a folder.
        user: Who logs in there, or whom the database knows.
        query: For PostgreSQL; `:'since'` stands for where the last extract ended.
        cursor: The column of the query that says where an extract ended; rows come in its order.
        begins_with: What `:'since'` is the first time.
        settled_s: A file is pulled once it has not changed for so many seconds.
        every_s: Seconds between two looks.
    """

    kind: SourceKind
    path: str = ""
    address: str = ""
    port: int = 0
    user: str = ""
    database: str = ""
    query: str = ""
    cursor: str = ""
    begins_with: str = ""
    settled_s: int = 10
    every_s: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Where a channel's data is handed to.

    Attributes:
        path: The folder, on the broker's own host.
        address: The receiver's host; empty for a folder.
    """

    kind: DeliveryKind
    path: str = ""
    address: str = ""
    port: int = 0
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One kind of data on its way across.

    Attributes:
        begins_at: The side that pulls; the other one delivers.
        flows: The lines of the flow matrix that its two ends use.
        most_mib: A larger file is refused.
        columns: For CSV: exactly these, in this order.
        schema: For JSON and JSON lines: the JSON Schema (2020-12), as text.
        unmasked_why: For contents without fields: why they may pass as they are.
        backlog: Most parcels that wait for the other side; pulling rests at that many.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    label: str
    begins_at: Side
    pull: Source
    deliver: Delivery
    content: ContentKind
    most_mib: int = 64
    columns: tuple[Column, ...] = ()
    schema: str = ""
    masks: tuple[Mask, ...] = ()
    unmasked_why: str = ""
    flows: tuple[str, ...] = ()
    backlog: int = 16
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What a broker holds on one side.

    Attributes:
        interface: Moved into a network namespace of its own.
        addresses: With their prefix lengths.
        routes: Prefix and gateway of each route; none may lead to the other side.
    """

    interface: str
    addresses: tuple[str, ...]
    routes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A host with one leg on each side and nothing between them but files.

    Attributes:
        address: Where it is managed; on neither leg.
    """

    name: str
    address: str
    legs: dict[Side, Leg] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangePlan:
    """All that is declared of the exchange zone's data.

    Attributes:
        digest: `sha256:` of the declaration; parcels carry it.
    """

    brokers: tuple[Broker, ...] = ()
    channels: tuple[Channel, ...] = ()
    digest: str = ""
