"""Access lists of Huawei VRP and H3C Comware: their heads, the order of their rules, and where they stand.

Rules stand in the order of their numbers. Packets that no rule matches pass, as long as the list
filters packets and nothing else is said.

Source: Huawei, ACL Configuration Commands and `traffic-filter`; H3C, packet-filter commands.
"""

from abc import abstractmethod
from dataclasses import dataclass, field, replace
from functools import partial

from qianyun.verify.acl import Line
from qianyun.verify.acls.depth_first import depth, in_order
from qianyun.verify.acls.filters import Binding, Direction, Filter
from qianyun.verify.acls.huawei_rules import Rules
from qianyun.verify.acls.lists import Lists
from qianyun.verify.acls.statements import NotUnderstoodError, Statement
from qianyun.verify.acls.texts import Body, Head, action_at
from qianyun.verify.chains import Unread
from qianyun.verify.conditions import all_of, cannot_tell
from qianyun.words import _

STEP = 5
BASIC, ADVANCED = range(2000, 3000), range(3000, 4000)
REMARKS = ("description", "comment", "remark")
KINDS = {"basic": True, "advanced": False, "advance": False}
"""Words for kinds of lists, and whether that kind looks at sources alone."""
DIRECTIONS = {"inbound": Direction.IN, "outbound": Direction.OUT}


@dataclass(slots=True)
class _List:
    """A list while it is read."""

    key: str
    name: str
    version: int
    basic: bool
    place: str
    auto: bool = False
    step: int = STEP
    rules: list[tuple[int, Statement, int]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, number: int | None, statement: Statement, at: int) -> None:
        """A rule at its number, or at the next multiple of the step."""
        highest = max((known for known, _statement, _at in self.rules), default=None)
        following = 0 if highest is None else (highest // self.step + 1) * self.step
        self.rules.append((following if number is None else number, statement, at))

    def narrowest_first(self) -> tuple[int, ...] | None:
        """Numbers of the rules in depth-first order; `None` where it cannot be told."""
        try:
            return in_order(
                depth(statement.words, at, self.version, known, basic=self.basic) for known, statement, at in self.rules
            )
        except NotUnderstoodError:
            return None


class HuaweiText(Lists[_List]):
    """What VRP and Comware share.

    Attributes:
        default_passes: What becomes of packets that no rule matches.
    """

    def __init__(self, text: str, name: str, rules: Rules) -> None:
        """Nothing is read yet."""
        super().__init__(text, name)
        self.rules = rules
        self.default_passes = True

    def heads(self) -> dict[str, Head]:
        """First words of blocks."""
        return {"acl": self._acl, "interface": self._interface, "sysname": self.set_hostname}

    def _acl(self, statement: Statement) -> Body | None:
        words = statement.words[1:]
        said = {word: words[at + 1] for at, word in enumerate(words[:-1]) if word in ("name", "number", "match-order")}
        version = 6 if words[:1] == ["ipv6"] else 4
        others = [word for word in words if word not in (*said, *said.values(), "ipv6")]
        number = said.get("number") or next((word for word in others if word.isdecimal()), "")
        name = said.get("name", number)
        if not name:
            return None
        ordinary = not number or _is_in(number, BASIC) or _is_in(number, ADVANCED)
        known = ordinary and all(word in KINDS or word.isdecimal() for word in others)
        basic = next((KINDS[word] for word in others if word in KINDS), _is_in(number, BASIC))
        if not known:
            self.report(statement, _("a list of this kind is not modelled"))
            return partial(_inside, statement.indent)
        family = "ip" if version == 4 else "ipv6"  # noqa: PLR2004 - IP version
        key = f"{family} {name}"
        if number:
            self.aliases[f"{family} {number}"] = key
        found = self.lists.setdefault(key, _List(key, name, version, basic, self.place(statement)))
        found.auto |= said.get("match-order") == "auto"
        return partial(self._rule, found, statement.indent)

    def _rule(self, found: _List, indent: int, statement: Statement) -> bool:
        words = statement.words
        if words[0] == "step" and len(words) > 1 and words[1].isdecimal():
            found.step = max(1, int(words[1][:9]))
        elif words[0] == "undo":
            found.add(None, statement, 0)
        elif words[0] == "rule":
            at = 2 if len(words) > 1 and words[1].isdecimal() else 1
            at += 2 if words[at : at + 1] == ["name"] else 0
            if words[at : at + 1] and words[at] not in REMARKS:
                found.add(int(words[1][:9]) if words[1].isdecimal() else None, statement, at)
        else:
            return statement.indent > indent
        return True

    def _interface(self, statement: Statement) -> Body:
        return partial(self._at_interface, "".join(statement.words[1:]), statement.indent)

    def _at_interface(self, interface: str, indent: int, statement: Statement) -> bool:
        if statement.indent <= indent:
            return False
        if not self.bind(statement, interface):
            self.note(statement)
        return True

    @abstractmethod
    def bind(self, statement: Statement, interface: str) -> bool:
        """Whether a line puts a list to work; then it is remembered."""

    def bind_list(self, statement: Statement, words: list[str], interface: str) -> bool:
        """Remember a binding from what stands behind its first word: direction, family, list."""
        direction = next((DIRECTIONS[word] for word in words if word in DIRECTIONS), None)
        rest = [word for word in words if word not in (*DIRECTIONS, "acl", "ipv6", "name", "number", "ip", "ipv4")]
        if direction is None or not rest:
            return False
        version = 6 if "ipv6" in words else 4
        self.bindings.append(
            Binding(
                filter=f"{'ipv6' if version == 6 else 'ip'} {rest[0]}",  # noqa: PLR2004 - IP version
                interface=interface,
                direction=direction,
                version=version,
                place=self.place(statement),
            )
        )
        return True

    def filter(self, found: _List) -> Filter:
        """The rules in the order in which they are asked."""
        ordered = sorted(found.rules, key=lambda rule: rule[0])
        narrowest_first = found.narrowest_first() if found.auto else None
        if narrowest_first is not None:
            ordered.sort(key=lambda rule: narrowest_first.index(rule[0]))
        lines = tuple(line for _number, statement, at in ordered for line in self._lines(found, statement, at))
        if found.auto and narrowest_first is None:
            # any rule that matches may be the first: sound whatever the order is
            lines = tuple(replace(line, condition=all_of(line.condition, cannot_tell(line.place))) for line in lines)
            why = _("which of its rules is narrower, the manuals leave open")
            found.unread.append(Unread(place=found.place, text=f"match-order auto: {found.name}", why=why))
        return Filter(
            name=found.name,
            lines=lines,
            version=found.version,
            rest_passes=self.default_passes,
            place=found.place,
            unread=tuple(found.unread),
        )

    def _lines(self, found: _List, statement: Statement, at: int) -> tuple[Line, ...]:
        place, words = self.place(statement), statement.words

        def read() -> Line:
            statement.must_be_whole()
            return self.rules.rule(words, at, found.version, place, basic=found.basic)

        return self.lines(
            read,
            place=place,
            text=statement.text,
            permits=action_at(words, at),
            version=found.version,
            unread=found.unread,
        )


def _is_in(number: str, span: range) -> bool:
    return number.isdecimal() and len(number) == 4 and int(number) in span  # noqa: PLR2004 - list numbers have four digits


def _inside(indent: int, statement: Statement) -> bool:
    return statement.indent > indent
