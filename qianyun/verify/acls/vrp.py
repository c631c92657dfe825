"""Configurations of Huawei VRP routers, switches and USG firewalls.

Source: Huawei, ACL and traffic-filter commands; USG6000, security policy, address sets, service sets.
"""

from collections.abc import Mapping
from functools import partial

from qianyun.verify.acls.filters import Configuration, Filter
from qianyun.verify.acls.huawei_lists import HuaweiText
from qianyun.verify.acls.huawei_rules import Rules
from qianyun.verify.acls.statements import Statement
from qianyun.verify.acls.texts import Body, Head
from qianyun.verify.acls.usg import SecurityPolicy
from qianyun.verify.acls.usg_interzone import InterzonePolicy
from qianyun.verify.acls.usg_objects import AddressSets, ServiceSets

NOT_MODELLED = (
    ("traffic", "classifier"), ("traffic", "policy"), ("traffic-policy",), ("traffic-redirect",), ("traffic-secure",),
    ("policy-based-route",), ("nat",), ("nat-policy",), ("firewall", "interzone"), ("firewall", "packet-filter"),
    ("policy",), ("packet-filter",), ("ip", "urpf"), ("urpf",), ("firewall", "blacklist"),
)  # fmt: skip


def read_vrp(text: str, name: str) -> Configuration:
    """The access lists, where they stand, and a USG's policy as `security-policy` or `policy interzone`.

    Args:
        text: What `display current-configuration` shows.
        name: Name of the file or device, for places.

    Raises:
        ReadError: The text holds what no configuration holds.
    """
    return _Vrp(text, name).configuration()


class _Vrp(HuaweiText):
    not_modelled = NOT_MODELLED

    def __init__(self, text: str, name: str) -> None:
        self.addresses, self.services = AddressSets(), ServiceSets()
        super().__init__(text, name, Rules(self.addresses))
        self.policy: SecurityPolicy | None = None
        self.interzone = InterzonePolicy(self, self.addresses, self.services)

    def heads(self) -> dict[str, Head]:
        return super().heads() | {
            "ip": self._set,
            "security-policy": self._policy,
            "policy": self._interzone,
            "firewall": self._firewall,
            "traffic-filter": self._global,
        }

    def others(self) -> Mapping[str, Filter]:
        found = {"security-policy": self.policy.filter()} if self.policy else {}
        return found | ({"policy interzone": self.interzone.filter(self.zones)} if self.interzone.is_used else {})

    def bind(self, statement: Statement, interface: str) -> bool:
        words = statement.words
        return words[0] == "traffic-filter" and self.bind_list(statement, words[1:], interface)

    def _global(self, statement: Statement) -> None:
        self.bind(statement, "")

    def _set(self, statement: Statement) -> Body | None:
        words = statement.words
        if len(words) < 3 or words[1] not in ("address-set", "service-set"):  # noqa: PLR2004 - kind and name
            return None
        sets = self.addresses if words[1] == "address-set" else self.services
        return partial(_member, sets.members.setdefault(words[2], []), statement.indent)

    def _policy(self, statement: Statement) -> Body:
        self.policy = self.policy or SecurityPolicy(self, self.addresses, self.services, self.place(statement))
        return partial(self.policy.read, statement.indent)

    def _interzone(self, statement: Statement) -> Body | None:
        if statement.words[1:2] not in (["interzone"], ["zone"]):
            return None
        self.interzone.open(statement)
        return partial(self.interzone.read, statement.indent)

    def _firewall(self, statement: Statement) -> Body | None:
        if statement.words[1:3] == ["packet-filter", "default"]:
            self.interzone.default(statement)
            return partial(_nothing, statement.indent)
        words = [word for word in statement.words[1:] if word != "name"]
        if len(words) < 2 or words[0] != "zone":  # noqa: PLR2004 - `zone` and its name
            return None
        self.zones.setdefault(words[1], ())
        return partial(self._in_zone, words[1], statement.indent)

    def _in_zone(self, zone: str, indent: int, statement: Statement) -> bool:
        if statement.words[:2] == ["add", "interface"] and statement.indent > indent:
            self.zones[zone] += ("".join(statement.words[2:]),)
        elif statement.words[:2] == ["set", "priority"] and statement.words[2:3] and statement.words[2].isdecimal():
            self.interzone.priorities[zone] = int(statement.words[2][:9])
        return statement.indent > indent


def _nothing(_indent: int, _statement: Statement) -> bool:
    """No line belongs below."""
    return False


def _member(members: list[Statement], indent: int, statement: Statement) -> bool:
    if statement.indent > indent:
        members.append(statement)
    return statement.indent > indent
