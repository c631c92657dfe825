"""Configurations of H3C Comware routers, switches and firewalls: access lists and object groups.

Source: H3C Comware 7, ACL and QoS Command Reference; Security Command Reference, object groups.
"""

from collections.abc import Mapping
from functools import partial

from qianyun.verify.acls.comware_objects import Groups
from qianyun.verify.acls.comware_policy import ComwarePolicy
from qianyun.verify.acls.filters import Configuration, Filter
from qianyun.verify.acls.huawei_lists import HuaweiText
from qianyun.verify.acls.huawei_rules import Rules
from qianyun.verify.acls.statements import Statement
from qianyun.verify.acls.texts import Body, Head

NOT_MODELLED = (
    ("traffic", "classifier"), ("traffic", "behavior"), ("qos", "policy"), ("qos", "apply"), ("policy-based-route",),
    ("nat",), ("zone-pair",), ("security-policy",), ("object-policy",), ("ip", "urpf"), ("aspf",), ("blacklist",),
)  # fmt: skip


def read_comware(text: str, name: str) -> Configuration:
    """The access lists and where they stand.

    Args:
        text: What `display current-configuration` shows.
        name: Name of the file or device, for places.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Comware(text, name).configuration()


class _Comware(HuaweiText):
    not_modelled = NOT_MODELLED

    def __init__(self, text: str, name: str) -> None:
        self.groups = Groups()
        self.policies: dict[str, ComwarePolicy] = {}
        super().__init__(text, name, Rules(self.groups))

    def heads(self) -> dict[str, Head]:
        return super().heads() | {
            "object-group": self._group,
            "packet-filter": self._default,
            "firewall": self._default,
            "security-zone": self._zone,
            "security-policy": self._policy,
        }

    def others(self) -> Mapping[str, Filter]:
        return {f"security-policy {family}": each.filter() for family, each in self.policies.items()}

    def bind(self, statement: Statement, interface: str) -> bool:
        words = statement.words[1:] if statement.words[0] == "firewall" else statement.words
        return words[0] == "packet-filter" and self.bind_list(statement, words[1:], interface)

    def _default(self, statement: Statement) -> None:
        if statement.words[-2:] == ["default", "deny"] or statement.words[:3] == ["firewall", "default", "deny"]:
            self.default_passes = False

    def _group(self, statement: Statement) -> Body | None:
        words = statement.words
        at = 3 if words[1:3] in (["ip", "address"], ["ipv6", "address"]) else 2
        if len(words) <= at or words[1] not in ("ip", "ipv6", "service", "port"):
            return None
        return partial(_member, self.groups.opened(words[1], words[at]), statement.indent)

    def _policy(self, statement: Statement) -> Body | None:
        if statement.words[1:] not in (["ip"], ["ipv6"]):
            return None
        family = statement.words[1]
        found = self.policies.get(family)
        if found is None:
            version = 4 if family == "ip" else 6
            found = self.policies[family] = ComwarePolicy(self, self.groups, self.place(statement), version)
        return partial(found.read, statement.indent)

    def _zone(self, statement: Statement) -> Body:
        zone = statement.words[-1]
        self.zones.setdefault(zone, ())
        return partial(self._in_zone, zone, statement.indent)

    def _in_zone(self, zone: str, indent: int, statement: Statement) -> bool:
        if statement.words[:2] == ["import", "interface"] and statement.indent > indent:
            self.zones[zone] += ("".join(statement.words[2:]),)
        return statement.indent > indent


def _member(members: list[Statement], indent: int, statement: Statement) -> bool:
    if statement.indent > indent:
        members.append(statement)
    return statement.indent > indent
