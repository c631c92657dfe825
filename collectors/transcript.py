"""Commands that network devices are asked, by profile, and how their prompts and pagers look.

Every command only reads. The configuration text goes through `redaction` before anything keeps it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qianyun.estate.targets import Profile

PAGER = re.compile(r"\s*-+\s*\(?[Mm]ore\b[^\n]*$|\s*<--- More --->\s*$")
PAGE_MARK = re.compile(r"\s*(-+ ?\(?[Mm]ore\b[^\n]{0,40}|<--- More --->)\s*")
STEPS = re.compile(r"\x1b\[(\d*)([A-Za-z])|([\b\r])|([^\x1b\b\r]+|\x1b)")
WIDEST_LINE = 4096
"""Beyond it a cursor is not followed: no device draws such lines."""

LONGEST_PROMPT = 256
PROMPT = re.compile(r"(?:^|[\r\n])\s*([<\[][\w\-.~/ ()]{1,64}[>\]]|[\w\-.@()/: ]{1,64}[#>$])\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """What a family of devices is asked.

    Attributes:
        before: Sent first, to switch the pager off; a device that does not know it answers with an error.
        commands: Section to command.
    """

    before: tuple[str, ...]
    commands: Mapping[str, str]


DIALOGUES: Mapping[Profile, Dialogue] = {
    Profile.VRP: Dialogue(
        before=("screen-length 0 temporary",),
        commands={
            "version": "display version",
            "serial": "display sn",
            "interfaces": "display interface brief",
            "neighbours": "display lldp neighbor",
            "arp": "display arp all",
            "macs": "display mac-address",
            "routes": "display ip routing-table",
            "acl": "display acl all",
            "configuration": "display current-configuration",
        },
    ),
    Profile.COMWARE: Dialogue(
        before=("screen-length disable",),
        commands={
            "version": "display version",
            "serial": "display device manuinfo",
            "interfaces": "display interface brief",
            "neighbours": "display lldp neighbor-information list",
            "arp": "display arp",
            "macs": "display mac-address",
            "routes": "display ip routing-table",
            "acl": "display acl all",
            "configuration": "display current-configuration",
        },
    ),
    Profile.IOS: Dialogue(
        before=("terminal length 0",),
        commands={
            "version": "show version",
            "serial": "show inventory",
            "interfaces": "show interfaces",
            "neighbours": "show lldp neighbors detail",
            "arp": "show ip arp",
            "macs": "show mac address-table",
            "routes": "show ip route",
            "acl": "show access-lists",
            "configuration": "show running-config",
        },
    ),
    Profile.FORTIOS: Dialogue(
        before=(),
        commands={
            "version": "get system status",
            "interfaces": "get system interface",
            "arp": "get system arp",
            "routes": "get router info routing-table all",
            "configuration": "show",
        },
    ),
    Profile.ZXROS: Dialogue(
        before=("terminal length 0",),
        commands={
            "version": "show version",
            "interfaces": "show interface brief",
            "arp": "show arp",
            "routes": "show ip route",
            "configuration": "show running-config",
        },
    ),
}


def allowed(profile: Profile) -> frozenset[str]:
    """Every command that may be sent to devices of a profile."""
    dialogue = DIALOGUES[profile]
    return frozenset((*dialogue.before, *dialogue.commands.values()))


def clean(text: str, command: str) -> str:
    """An answer without the echo of the command, the prompt after it, and the pager's marks."""
    lines = [line if line.isprintable() else _drawn(line) for line in text.replace("\r\n", "\n").split("\n")]
    text = "\n".join(line for line in lines if not PAGE_MARK.fullmatch(line))
    text = text[:-LONGEST_PROMPT] + PROMPT.sub("", text[-LONGEST_PROMPT:])
    first, newline, rest = text.lstrip("\n").partition("\n")
    if newline and first.strip().endswith(command):
        text = rest
    return text.strip("\n") + "\n"


def _drawn(line: str) -> str:
    """A line as it stands on the screen in the end: pagers write over their own marks."""
    cells: list[str] = []
    at = 0
    for count, letter, step, written in STEPS.findall(line):
        if written:
            cells[at : at + len(written)] = written
            at += len(written)
        elif step == "\b":
            at = max(0, at - 1)
        elif step == "\r":
            at = 0
        elif letter == "D":
            at = max(0, at - min(int(count or 1), WIDEST_LINE))
    return "".join(cells).rstrip()
