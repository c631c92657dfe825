"""What a Linux server's script output says, as observations."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from collectors.linux_script import SECTIONS
from collectors.outcome import Run
from collectors.rules import MEANINGLESS
from qianyun.estate.observation import Observation, Value
from qianyun.estate.targets import Target

RAW = ("nft", "iptables", "ip6tables", "ipset", "routes", "routes-v6", "rules", "rules-v6", "sysctls")
"""Kept as they are, for the verifier."""

OS_ID = re.compile(r'^(ID|NAME|VERSION_ID|PRETTY_NAME)="?([^"\n]*)"?$', re.MULTILINE)
LISTENING = re.compile(r"^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(?:\s+users:\(\(\"([^\"]+)\")?")
LISTED = re.compile(r"^(tcp|udp)6?\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+:\S+\s*(?:LISTEN)?\s*(?:\d+/(\S+)|-)?\s*$")
"""As netstat has it."""

ADDRESS = re.compile(r"^\d+:\s+(\S+)\s+inet6?\s+([0-9a-fA-F.:]+)(?:/(\d+))?")
SIZE = re.compile(r"^\S+\s+(\S+)\s+(\d+)\s+(\d+)\s+\d+\s+\S+\s+(/.*)$")
MEMORY = re.compile(r"MemTotal:\s+(\d+) kB")
KIB_IN_MIB = 1024
NOTHING = hashlib.sha256(b"").hexdigest()


def subject_of(sections: Mapping[str, str], address: str) -> str:
    """Chassis serial, else the hardware's UUID, else the machine id, else the address."""
    vendor = sections.get("vendor", "").strip()
    for name, prefix in (("serial", f"serial:{vendor}/"), ("uuid", "uuid:"), ("machine-id", "machine:")):
        value = sections.get(name, "").strip()
        if value and not MEANINGLESS.fullmatch(value):
            return prefix + value
    return f"address:{address}"


def observe(sections: Mapping[str, str], target: Target, run: Run, seen_at: datetime) -> tuple[Observation, ...]:
    """All that is worth keeping of one server."""
    subject = subject_of(sections, target.address)
    found = ((name, value, section) for name, value, section in _facts(sections) if value not in (None, "", ()))
    everything = (
        ("device.target", target.name, "hostname"),
        ("device.room", target.room, "hostname"),
        ("device.address", target.address, "hostname"),
        ("device.kind", "server", "kernel"),
        *found,
    )
    digests = {section: hashlib.sha256(text.encode()).hexdigest() for section, text in sections.items()}
    return tuple(
        Observation(
            subject=subject,
            attribute=name,
            value=value,
            source=SECTIONS[section],
            raw_sha256=digests.get(section, NOTHING),
            seen_at=seen_at,
            run=run.id,
        )
        for name, value, section in everything
    )


def _facts(sections: Mapping[str, str]) -> Iterator[tuple[str, Value, str]]:
    def line(name: str) -> str | None:
        text = sections.get(name, "").strip()
        return None if not text or MEANINGLESS.fullmatch(text) else text.splitlines()[0].strip()

    system = dict(OS_ID.findall(sections.get("os", "")))
    yield "device.name", line("hostname"), "hostname"
    yield "device.vendor", line("vendor"), "vendor"
    yield "device.model", line("product"), "product"
    yield "device.serial", line("serial"), "serial"
    yield "device.family", system.get("ID"), "os"
    yield "device.version", system.get("PRETTY_NAME") or line("os"), "os"
    yield "device.kernel", line("kernel"), "kernel"
    yield "device.uptime_s", _whole(sections.get("uptime", "").split(".")[0]), "uptime"
    yield "cpu.count", _whole(line("cpu")), "cpu"
    yield "cpu.model", (line("cpu-model") or "").partition(":")[2].strip(), "cpu-model"
    memory = MEMORY.search(sections.get("memory", ""))
    yield "memory.mib", int(memory.group(1)) // KIB_IN_MIB if memory else None, "memory"
    packages = max(_whole(line("packages-rpm")) or 0, _whole(line("packages-deb")) or 0)
    yield (
        "packages.count",
        packages or None,
        "packages-rpm" if line("packages-rpm") not in (None, "0") else "packages-deb",
    )
    yield from _tables(sections)
    for name in RAW:
        yield f"text.{name}", sections.get(name, "").strip(), name


def _tables(sections: Mapping[str, str]) -> Iterator[tuple[str, Value, str]]:
    for row in sections.get("services", "").splitlines():
        if name := row.split(" ")[0].removesuffix(".service"):
            yield f"service.{name}", "running", "services"
    for row in sections.get("containers", "").splitlines():
        name, _blank, image = row.partition(" ")
        if name:
            yield f"container.{name}", image.strip(), "containers"
    for section, row_pattern, fact in ROWS:
        for row in sections.get(section, "").splitlines():
            if found := row_pattern.match(row):
                yield (*fact(found), section)


def _listening(row: re.Match[str]) -> tuple[str, Value]:
    protocol, address, port, program = row.groups()
    return f"listening.{protocol}.{port}.{address.strip('[]')}", program or "?"


def _address(row: re.Match[str]) -> tuple[str, Value]:
    port, address, prefix = row.groups()
    return f"address.{address}", (_whole(prefix), port)


def _mount(row: re.Match[str]) -> tuple[str, Value]:
    kind, size_kib, used_kib, path = row.groups()
    return f"mount.{path}", (kind, int(size_kib) // KIB_IN_MIB, int(used_kib) // KIB_IN_MIB)


ROWS = (
    ("sockets", LISTENING, _listening),
    ("sockets", LISTED, _listening),
    ("addresses", ADDRESS, _address),
    ("mounts", SIZE, _mount),
)
"""Sections of rows that have one form."""


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
