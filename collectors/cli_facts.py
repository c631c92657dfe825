"""What the CLI of a network device says, as observations: who it is, and its texts as they are.

The texts (configuration, ACLs, routes) go to the verifier; secrets were blotted out before.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from collectors.cli_tables import facts
from collectors.outcome import Run
from collectors.rules import Kind
from collectors.transcript import DIALOGUES
from qianyun.estate.observation import Observation, Value
from qianyun.estate.targets import Profile, Target

VENDORS = {
    Profile.VRP: ("Huawei", "vrp"),
    Profile.COMWARE: ("H3C", "comware"),
    Profile.IOS: ("Cisco", "ios"),
    Profile.FORTIOS: ("Fortinet", "fortios"),
    Profile.ZXROS: ("ZTE", "zxros"),
}
MODEL = {
    Profile.VRP: r"(?im)^(?:HUAWEI|Quidway) (\S+)(?: .*)? uptime",
    Profile.COMWARE: r"(?im)^(?:H3C|HPE?) (.+?) uptime",
    Profile.IOS: r"(?im)^(?:cisco) (\S+) .*(?:processor|memory)",
    Profile.FORTIOS: r"(?im)^Version: (\S+)",
    Profile.ZXROS: r"(?im)^ZXR10 (\S+)",
}
VERSION = {
    Profile.VRP: r"(?i)Version ([\d.]+ ?\([^)]*\))",
    Profile.COMWARE: r"(?i)Version ([\d.]+(?:, \w+ \w+)?)",
    Profile.IOS: r"(?i)Version ([^\s,]+)",
    Profile.FORTIOS: r"(?im)^Version: \S+ (\S+)",
    Profile.ZXROS: r"(?i)Version:? (\S+)",
}
SERIAL = re.compile(
    r"(?im)^(?:Processor board ID|.*serial[ -]?number *:?|.*\bESN(?: of [\w ]+)? *:|.*DEVICE_SERIAL_NUMBER *:|.*\bSN: )"
    r" *([A-Z0-9]{8,})"
)
KINDS = (
    (Kind.FIREWALL, re.compile(r"(?i)^(USG|Eudemon|SecPath|SecBlade|F\d{3,4}|FortiGate|FG\w?-|ASA)")),
    (Kind.ROUTER, re.compile(r"(?i)^(AR\d|NE\d|NetEngine|MSR|SR\d|CR\d|ISR|ASR|(CISCO)?(19|28|29|38|39|72|76)\d\d)")),
)
"""What a model's name begins with, where the system alone does not tell; everything else of these systems switches."""

HOST = re.compile(r"(?im)^\s*(?:sysname|hostname) (\S+)|^Hostname: (\S+)")


def observe_cli(answers: Mapping[str, str], target: Target, run: Run, seen_at: datetime) -> tuple[Observation, ...]:
    """All that is worth keeping of one device's transcript."""
    commands = DIALOGUES[target.profile].commands
    found = {name: (value, section) for name, value, section in _facts(answers, target)}
    serial = found.get("device.serial", (None, ""))[0]
    subject = f"serial:{VENDORS[target.profile][0]}/{serial}" if serial else f"address:{target.address}"
    return tuple(
        Observation(
            subject=subject,
            attribute=name,
            value=value,
            source=commands.get(section, section),
            raw_sha256=hashlib.sha256(answers.get(section, "").encode()).hexdigest(),
            seen_at=seen_at,
            run=run.id,
        )
        for name, (value, section) in found.items()
    )


def _kind(family: str, model: str) -> Kind:
    if family == "fortios":
        return Kind.FIREWALL
    return next((kind for kind, begins in KINDS if begins.search(model)), Kind.SWITCH)


def _facts(answers: Mapping[str, str], target: Target) -> Iterator[tuple[str, Value, str]]:
    vendor, family = VENDORS[target.profile]
    for name, value in (("target", target.name), ("room", target.room), ("address", target.address)):
        yield f"device.{name}", value, "version"
    yield "device.vendor", vendor, "version"
    yield "device.family", family, "version"
    text = answers.get("version", "")
    for name, pattern in (("model", MODEL[target.profile]), ("version", VERSION[target.profile])):
        if found := re.search(pattern, text):
            yield f"device.{name}", found.group(1).strip(), "version"
    model = re.search(MODEL[target.profile], text)
    yield "device.kind", str(_kind(family, model.group(1) if model else "")), "version"
    for section in ("serial", "version", "configuration"):
        if found := SERIAL.search(answers.get(section, "")):
            yield "device.serial", found.group(1), section
            break
    if found := HOST.search(answers.get("configuration", "") + "\n" + text):
        yield "device.name", found.group(1) or found.group(2), "configuration"
    yield from facts(target.profile, answers)
    for section, answer in answers.items():
        if answer.strip():
            yield f"text.{section}", answer.rstrip(), section
