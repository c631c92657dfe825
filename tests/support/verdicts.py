"""Verdicts of another engine on single packets, as rows of `zones/verdicts`."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from qianyun.verify.fields import (
    DPORT,
    DST4,
    FRAGMENT,
    IN_INTERFACE,
    LENGTH,
    PROTOCOL,
    SPORT,
    SRC4,
    TCP_FLAGS,
    Field,
    Fragment,
    interface_number,
)

FLAGS = {letter: 1 << bit for bit, letter in enumerate("FSRPAUEC")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One packet at one filter.

    Attributes:
        index: Of the deciding entry, remarks not counted; `None` for the end of the list.
    """

    file: str
    filter: str
    values: Mapping[Field, int]
    permits: bool
    index: int | None
    text: str


def judged(path: Path) -> Iterator[Judged]:
    """Every row of a table."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            index, _colon, text = row["line"].partition(":")
            yield Judged(
                file=row["file"],
                filter=row["filter"],
                values=values_of(row),
                permits=row["verdict"] == "permit",
                index=int(index) if index.isdigit() else None,
                text=text,
            )


def values_of(row: Mapping[str, str]) -> dict[Field, int]:
    values = {
        SRC4: int(IPv4Address(row["src"])),
        DST4: int(IPv4Address(row["dst"])),
        PROTOCOL: int(row["proto"]),
        FRAGMENT: Fragment.WHOLE if row.get("frag", "0") == "0" else Fragment.LATER,
        LENGTH: 64,
        IN_INTERFACE: interface_number(row.get("in_interface", "")),
    }
    if row["icmp_type"]:
        values[SPORT] = int(row["icmp_type"]) << 8 | int(row["icmp_code"])
    elif row["sport"]:
        values |= {SPORT: int(row["sport"]), DPORT: int(row["dport"])}
    if row["tcp_flags"]:
        values[TCP_FLAGS] = sum(FLAGS[letter] for letter in row["tcp_flags"] if letter != "0")
    return values
