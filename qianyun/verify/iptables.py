"""Reader of `iptables-save` and `ip6tables-save`, as chains.

A rule that is not understood may do anything with the packets that reach it; it is listed, and what
it could change comes out as unproven.

Source: iptables(8), iptables-extensions(8); priorities of netfilter's hooks.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from qianyun.errors import Fault, ReadError
from qianyun.verify.acls.statements import Cursor, NotUnderstoodError, Statement, number, statements
from qianyun.verify.chains import (
    ACCEPT,
    DROP,
    RETURN,
    Assign,
    Chain,
    Entry,
    Hook,
    Match,
    Rule,
    Ruleset,
    Step,
    Unread,
    Verb,
    Verdict,
    anything,
    decide,
)
from qianyun.verify.conditions import ALWAYS, Doubts
from qianyun.verify.fields import CT_MARK, DSCP, MARK, STATE, TTL, State
from qianyun.verify.iptables_matches import Matches, mark_number
from qianyun.verify.iptables_nat import TARGETS as TRANSLATING
from qianyun.verify.iptables_nat import translation
from qianyun.verify.translations import Translator
from qianyun.words import _

FAMILY = {4: "ip", 6: "ip6"}
PRIORITIES: Mapping[str, Mapping[str, int]] = {
    "raw": {"PREROUTING": -300, "OUTPUT": -300},
    "mangle": dict.fromkeys((hook.name for hook in Hook), -150),
    "nat": {"PREROUTING": -100, "INPUT": 100, "OUTPUT": -100, "POSTROUTING": 100},
    "filter": {"INPUT": 0, "FORWARD": 0, "OUTPUT": 0},
    "security": {"INPUT": 50, "FORWARD": 50, "OUTPUT": 50},
}
VERDICTS = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": DROP, "RETURN": RETURN}
HARMLESS = (
    "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "ECN", "LED", "LOG", "NFLOG", "RATEEST", "SECMARK", "SET", "TCPMSS",
    "TCPOPTSTRIP", "TEE", "TRACE", "ULOG",
)  # fmt: skip
"""Targets after which the packet goes on as it was, as far as filters look."""
PLAIN_MARK = re.compile(r"--set-x?mark (0[xX][0-9a-fA-F]{1,8}|\d{1,9})(/0xffffffff)?(?= |$)")


@dataclass(slots=True)
class _Table:
    """One table while it is read."""

    name: str
    line: int
    policies: dict[str, bool] = field(default_factory=dict)
    rules: dict[str, list[Statement]] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    whole: bool = False

    def chain(self, name: str, line: int) -> list[Statement]:
        """The rules of a chain, which is there from now on."""
        self.places.setdefault(name, line)
        return self.rules.setdefault(name, [])


def read_iptables(text: str, name: str, version: int = 4) -> Ruleset:
    """Chains of a listing.

    Args:
        text: What `iptables-save` or `ip6tables-save` shows.
        name: Name of the file or firewall, for places.
        version: 4 or 6; a listing does not say which it is.

    Raises:
        ReadError: A table does not end, or a line stands outside any table; with the line.
    """
    return _Text(text, name, version).ruleset()


class _Text:
    def __init__(self, text: str, name: str, version: int) -> None:
        self.text, self.name, self.version = text, name, version
        self.tables: dict[str, _Table] = {}
        self.unread: list[Unread] = []
        self.translator = Translator(Doubts().about)
        said = [PLAIN_MARK.search(line) for line in text.splitlines() if "MARK" in line]
        self.marks = None if None in said else {0, *(mark_number(each[1]) for each in said if each)}

    def ruleset(self) -> Ruleset:
        table: _Table | None = None
        for statement in statements(self.text, self.name):
            table = self._line(statement, table)
        if table is not None:
            raise self._refused(
                table.line,
                _("the table that begins here does not end"),
                _("the listing is cut short; collect it again"),
            )
        chains = [chain for each in self.tables.values() for chain in self._chains(each)]
        chains += self.translator.beside(chains)
        tracks = "conntrack" in self.text or "--state" in self.text or "nat" in self.tables
        return Ruleset(
            name=self.name, chains={chain.name: chain for chain in chains}, unread=tuple(self.unread), tracks=tracks
        )

    def _refused(self, line: int, what: str, mend: str) -> ReadError:
        return ReadError(Fault(place=f"{self.name}:{line}", what=what, mend=mend))

    def _line(self, statement: Statement, table: _Table | None) -> _Table | None:
        word = statement.words[0]
        if word.startswith("*"):
            if table is not None:
                raise self._refused(
                    table.line,
                    _("the table that begins here does not end"),
                    _("the listing is cut short; collect it again"),
                )
            return self.tables.setdefault(word[1:], _Table(word[1:], statement.number))
        if table is None:
            raise self._refused(
                statement.number,
                _("{word!r} stands in no table").format(word=word),
                _("collect the output of iptables-save"),
            )
        if word == "COMMIT":
            return None
        self._in_table(table, statement)
        return table

    def _in_table(self, table: _Table, statement: Statement) -> None:
        words = statement.words
        at = 1 if words[0].startswith("[") else 0
        if words[0].startswith(":") and len(words) > 1:
            table.chain(words[0][1:], statement.number)
            table.policies[words[0][1:]] = words[1] != "DROP"
        elif words[at : at + 1] in (["-A"], ["--append"]) and len(words) > at + 1:
            table.chain(words[at + 1], statement.number).append(statement)
        elif words[0] == "-P" and len(words) > 2:  # noqa: PLR2004 - chain and policy
            table.chain(words[1], statement.number)
            table.policies[words[1]] = words[2] != "DROP"
        elif words[0] == "-N" and len(words) > 1:
            table.chain(words[1], statement.number)
        else:
            raise self._refused(
                statement.number,
                _("{word!r} is no line of a table").format(word=words[0]),
                _("collect the output of iptables-save"),
            )

    def _chains(self, table: _Table) -> list[Chain]:
        hooks = PRIORITIES.get(table.name)
        if hooks is None:
            why = _("the table {name!r} is not modelled").format(name=table.name)
            self.unread.append(Unread(place=f"{self.name}:{table.line}", text=f"*{table.name}", why=why))
        return [self._chain(table, name, hooks or {}) for name in table.rules]

    def _chain(self, table: _Table, name: str, hooks: Mapping[str, int]) -> Chain:
        entry = None
        if name in hooks:
            entry = Entry(
                hook=Hook[name],
                priority=hooks[name],
                accepts=table.policies.get(name, True),
                only_new=table.name == "nat",
            )
        return Chain(
            name=self._named(table, name),
            rules=tuple(self._rule(table, statement) for statement in table.rules[name]),
            version=self.version,
            entry=entry,
            place=f"{self.name}:{table.places[name]}",
        )

    def _named(self, table: _Table, chain: str) -> str:
        return f"{FAMILY[self.version]} {table.name} {chain}"

    def _rule(self, table: _Table, statement: Statement) -> Rule:
        place, words = f"{self.name}:{statement.number}", _words(statement.text)
        start = 3 if words[0].startswith("[") else 2
        matches = Matches(Cursor(words, start), self.version, place, self.marks)
        steps: list[Step] = []
        try:
            condition = matches.condition()
            if condition != ALWAYS:
                steps.append(Match(condition))
            steps += self._target(table, words[start - 1], matches.cursor)
        except NotUnderstoodError as error:
            self.unread.append(Unread(place=place, text=statement.text, why=str(error)))
            steps = [anything(place)]
        for word in matches.unknown:
            why = _("the match {word!r} is not known; it may narrow the rule").format(word=word)
            self.unread.append(Unread(place=place, text=statement.text, why=why))
        return Rule(steps=tuple(steps), place=place, text=statement.text, comment=matches.comment)

    def _target(self, table: _Table, chain: str, cursor: Cursor) -> list[Step]:
        if not cursor.head:
            return []
        goes = cursor.take() in ("-g", "--goto")
        target = cursor.take()
        if target in table.rules:
            return [decide(Verdict(Verb.GOTO if goes else Verb.JUMP, self._named(table, target)))]
        if target in VERDICTS:
            return [decide(VERDICTS[target])]
        if target in TRANSLATING and table.name == "nat":
            return translation(target, cursor.words[cursor.at :], self.version, chain, self.translator)
        if target in HARMLESS:
            return []
        return _changes(target, cursor.words[cursor.at :])


def _changes(target: str, options: Sequence[str]) -> list[Step]:
    """What a target changes about the packet, before it goes on."""
    given = dict(pairwise([*options, ""]))
    mark = MARK if target == "MARK" else CT_MARK
    if target == "NOTRACK" or (target == "CT" and "--notrack" in given):
        return [Assign(STATE, State.UNTRACKED)]
    if target == "CT" and "--helper" in given:
        return []
    if target in ("MARK", "CONNMARK") and (said := PLAIN_MARK.search(" ".join(options))):
        return [Assign(mark, mark_number(said[1]))]
    if target in ("MARK", "CONNMARK"):
        return []  # every match on marks is a bound then
    if target == "DSCP" and "--set-dscp" in given:
        return [Assign(DSCP, mark_number(given["--set-dscp"]) & 63)]
    if target in ("TTL", "HL") and (value := given.get("--ttl-set") or given.get("--hl-set")):
        return [Assign(TTL, number(value, TTL.top))]
    raise NotUnderstoodError(_("the target {target!r} is not modelled").format(target=target))


def _words(text: str) -> list[str]:
    """Words, where quotes hold blanks together."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', text)
    return [bare or re.sub(r"\\(.)", r"\1", quoted) for quoted, bare in found]
