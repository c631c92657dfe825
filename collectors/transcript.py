"""Commands that network devices are asked, by profile, and how their prompts and pagers look.

Every command only reads. The configuration text goes through `redaction` before anything keeps it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qianyun.estate.targets import Profile

PAGER = re.compile(r"\s*-+\s*\(?[Mm]ore\b[^\n]*$|\s*<--- More --->\s*$")
PAGE_MARK = r"[ \t]*-+ ?\(?More\b[^\r\n\x08\x1b]*?-+(?:\x1b\[\d*[A-Z] *)*|<--- More --->"
ERASED = re.compile(PAGE_MARK + r"|\x08+ *\x08*|\x1b\[[\d;]*[a-zA-Z]")
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
            "interfaces": "display interface brief",
            "routes": "display ip routing-table",
            "neighbours": "display lldp neighbor brief",
            "acl": "display acl all",
            "configuration": "display current-configuration",
        },
    ),
    Profile.COMWARE: Dialogue(
        before=("screen-length disable",),
        commands={
            "version": "display version",
            "interfaces": "display interface brief",
            "routes": "display ip routing-table",
            "neighbours": "display lldp neighbor-information list",
            "acl": "display acl all",
            "configuration": "display current-configuration",
        },
    ),
    Profile.IOS: Dialogue(
        before=("terminal length 0",),
        commands={
            "version": "show version",
            "inventory": "show inventory",
            "interfaces": "show interfaces",
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
            "routes": "get router info routing-table all",
            "configuration": "show",
        },
    ),
    Profile.ZXROS: Dialogue(
        before=("terminal length 0",),
        commands={
            "version": "show version",
            "interfaces": "show ip interface brief",
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
    text = ERASED.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    text = text[:-LONGEST_PROMPT] + PROMPT.sub("", text[-LONGEST_PROMPT:])
    first, newline, rest = text.lstrip("\n").partition("\n")
    if newline and first.strip().endswith(command):
        text = rest
    return text.strip("\n") + "\n"
