"""Which vendor a configuration is written for, and its reader."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum

from qianyun.verify.acls.asa import read_asa
from qianyun.verify.acls.comware import read_comware
from qianyun.verify.acls.filters import Configuration
from qianyun.verify.acls.fortios import read_fortios
from qianyun.verify.acls.ios import read_ios
from qianyun.verify.acls.vrp import read_vrp


class Vendor(StrEnum):
    """A family of configuration languages."""

    IOS = "ios"
    ASA = "asa"
    VRP = "vrp"
    COMWARE = "comware"
    FORTIOS = "fortios"


READERS: Mapping[Vendor, Callable[[str, str], Configuration]] = {
    Vendor.IOS: read_ios,
    Vendor.ASA: read_asa,
    Vendor.VRP: read_vrp,
    Vendor.COMWARE: read_comware,
    Vendor.FORTIOS: read_fortios,
}
_MARKS: tuple[tuple[Vendor, str], ...] = (
    (Vendor.FORTIOS, r"config (firewall|system|vdom)"),
    (
        Vendor.COMWARE,
        r"acl (ipv6 )?(basic|advanced)|packet-filter|object-group ip(v6)? address|security-(zone|policy ip(v6)?)",
    ),
    (Vendor.VRP, r"sysname|acl (ipv6 )?(number|name)|security-policy|policy interzone|ip address-set|traffic-filter"),
    (Vendor.ASA, r": Saved|ASA Version|access-list \S+ extended|access-group|nameif"),
    (Vendor.IOS, r"ip(v6)? access-list|access-list \d+|ip access-group|ipv6 traffic-filter"),
)
"""Beginnings of lines that only one language has, asked in this order."""


def vendor_of(text: str) -> Vendor | None:
    """Whose language a text is written in, by words that only one of them has; `None` where none stands."""
    return next((vendor for vendor, mark in _MARKS if re.search(rf"^\s*({mark})\b", text, re.MULTILINE)), None)
