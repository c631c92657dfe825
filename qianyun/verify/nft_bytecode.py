"""Reader of nftables bytecode: `nft -a --debug=netlink list ruleset`, as chains.

This is what the kernel runs. The text that nft lists is not always the same: it loses the IPv4
guard of a `reject`, joins two neighbouring `!=`, and writes `th dport` for bytes that no protocol
guards. What is not understood is never left out: its rule may do anything with the packets that
reach it, it is listed, and what it could change comes out as unproven.

A packet's interfaces, state and marks are those of its way through IP; rules of other families
(netdev) and of the ingress can only take packets away, and are kept as that doubt.

Source: nft(8); Linux `nf_tables_api.c`, `nf_tables_core.c`, `netfilter/core.c`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qianyun.errors import Fault, ReadError
from qianyun.verify.bridges import beside_each_other
from qianyun.verify.chains import (
    ACCEPT,
    DROP,
    Chain,
    Decide,
    Entry,
    Hook,
    Rule,
    Ruleset,
    Unread,
    anything,
)
from qianyun.verify.conditions import Doubts, all_of, cannot_tell, is_
from qianyun.verify.fields import STATE, State
from qianyun.verify.nft_listing import Base, Listing, Path, Program, Written, read_listing, text_and_comment
from qianyun.verify.nft_loads import Context, Loads
from qianyun.verify.nft_programs import run
from qianyun.verify.nft_registers import Reading, Surroundings
from qianyun.verify.nft_vectors import Comparing
from qianyun.verify.translations import PRIORITIES as PRIORITIES_OF_NAT
from qianyun.verify.translations import Translator
from qianyun.words import _

VERSIONS = {"inet": 0, "ip": 4, "ip6": 6, "bridge": 0}
HOOKS = {hook.name.lower(): hook for hook in Hook}
PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
BRIDGE_PRIORITIES = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}
TRACKING = -200
"""Priority at which connection tracking looks at packets that come in or are made here."""
FIRST_OF_ALL = -(1 << 31)
LOOPBACK = {1: "lo"}
_TRACKS = ("ct ", "nat ", "masq", "redir", "connlimit", "synproxy", "flow_offload")
_PRIORITY = re.compile(r"(?P<name>[a-z]+)?(?: ?(?P<sign>[+-]) ?)?(?P<number>\d+)?")


def read_nft_bytecode(text: str, name: str, interfaces: Mapping[int, str] | None = None) -> Ruleset:
    """Chains of a running ruleset.

    Args:
        text: What `nft -a --debug=netlink list ruleset` prints on a little-endian machine.
        name: Name of the firewall, for places.
        interfaces: Names of its interfaces by index, where rules compare indices.

    Raises:
        ReadError: The listing is cut short or is none; with the line.
    """
    return _Bytecode(read_listing(text, name), {**LOOPBACK, **(interfaces or {})}).ruleset()


@dataclass(slots=True)
class _Table:
    """Rules of one table, by chain."""

    programs: dict[str, list[Program]] = field(default_factory=dict)


class _Bytecode:
    def __init__(self, listing: Listing, interfaces: Mapping[int, str]) -> None:
        self.listing, self.name = listing, listing.name
        self.doubts = Doubts()
        self.loads = Loads(self.doubts, interfaces)
        self.comparing = Comparing(self.doubts)
        self.programs: dict[Path, list[Program]] = {}
        for program in listing.programs:
            self.programs.setdefault(program.chain, []).append(program)
        self.tracks_bridged = any(
            one.startswith("ct ")
            for program in listing.programs
            if program.chain[0] == "bridge"
            for one in program.expressions
        )
        expressions = [one for program in listing.programs for one in program.expressions]
        types = [written.base.type for written in listing.chains.values() if written.base]
        self.tracks = any(one.startswith(_TRACKS) for one in expressions) or "nat" in types
        self.translator = Translator(self.doubts.about)
        self.offloads = any(one.startswith("flow_offload") for one in expressions)
        self.varying = {
            (program.chain[0], program.chain[1], found[1])
            for program in listing.programs
            for one in program.expressions
            if (found := re.match(r"dynset \w+ reg_key \d+ set (\S+)", one))
        }
        self.chains: dict[str, Chain] = {}
        self.unread: list[Unread] = []

    def ruleset(self) -> Ruleset:
        for kind, place, text in self.listing.others:
            if kind not in ("counter", "limit", "quota", "secmark", "ct helper", "ct timeout", "ct expectation"):
                self.unread.append(Unread(place=place, text=text, why=_("a block that is not modelled")))
        for path, written in reversed(self.listing.chains.items()):
            if "dormant" not in self.listing.tables[path[:2]]:
                self._written(path, written)
        for path in self.programs:
            if path[2].startswith("__chain") and path[0] in VERSIONS:
                self._chain(path, None, early=False)
        self.chains |= {chain.name: chain for chain in self.translator.beside(self.chains.values())}
        chains = {chain.name: chain for chain in beside_each_other(self.chains.values())}
        return Ruleset(name=self.name, chains=chains, unread=tuple(dict.fromkeys(self.unread)), tracks=self.tracks)

    def _written(self, path: Path, written: Written) -> None:
        hook = HOOKS.get(written.base.hook) if written.base else None
        if path[0] in VERSIONS and (written.base is None or hook is not None):
            bridged = path[0] == "bridge"
            entry = None
            if written.base and hook is not None:
                entry = self._entry(written.base, hook, written.place, bridged=bridged)
            early = self._tracks(bridged=bridged) and entry is not None and _early(entry)
            self._chain(path, entry, early=early)
        elif written.base and path[0] != "arp":
            self._before_all(path, written)

    def _tracks(self, *, bridged: bool) -> bool:
        return self.tracks_bridged if bridged else self.tracks

    def _entry(self, base: Base, hook: Hook, place: str, *, bridged: bool) -> Entry:
        priority = _priority(base.priority, BRIDGE_PRIORITIES if bridged else PRIORITIES)
        if priority is None:
            raise ReadError(Fault(place=place, what=_("{priority!r} is no priority").format(priority=base.priority)))
        if base.type == "nat" and hook in PRIORITIES_OF_NAT:
            at = PRIORITIES_OF_NAT[hook]
            return Entry(hook=hook, priority=at, accepts=base.accepts, only_new=True, among=priority)
        return Entry(hook=hook, priority=priority, accepts=base.accepts, bridged=bridged)

    def _before_all(self, path: Path, written: Written) -> None:
        """A chain that packets meet outside of IP: it may take them away."""
        name = " ".join(path)
        why = _("a chain outside of IP: it may drop packets before the others see them")
        self.unread.append(Unread(place=written.place, text=name, why=why))
        self.chains[name] = Chain(
            name=name,
            rules=(Rule(steps=(Decide(((cannot_tell(f"{name} drops"), DROP),)),), place=written.place, text=name),),
            entry=Entry(hook=Hook.PREROUTING, priority=FIRST_OF_ALL),
            place=written.place,
        )

    def _name(self, path: Path, *, early: bool) -> str:
        return " ".join(path) + (" (before tracking)" if early else "")

    def _chain(self, path: Path, entry: Entry | None, *, early: bool) -> str:
        """Read a chain, once for each side of connection tracking on which it is used."""
        name = self._name(path, early=early and entry is None)
        if name in self.chains:
            return name
        written = self.listing.chains.get(path)
        place = written.place if written else " ".join(path)
        texts = written.rules if written else []
        self.chains[name] = chain = Chain(name=name, rules=(), version=VERSIONS[path[0]], entry=entry, place=place)
        rules = [
            self._rule(program, name, texts[at] if at < len(texts) else "", early=early)
            for at, program in enumerate(self.programs.get(path, ()))
        ]
        self.chains[name] = replace(chain, rules=(*self._doubts_of(entry, place), *rules))
        return name

    def _doubts_of(self, entry: Entry | None, place: str) -> list[Rule]:
        if entry is None:
            return []
        rules = []
        if self.offloads and not entry.bridged and entry.hook in (Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING):
            flows = all_of(is_(STATE, State.ESTABLISHED), self.doubts.about("the flow is offloaded"))
            rules.append(Rule(steps=(Decide(((flows, ACCEPT),)),), place=place, text=""))
        beside = entry.priority == TRACKING and entry.hook in (Hook.PREROUTING, Hook.OUTPUT)
        if self._tracks(bridged=entry.bridged) and beside:
            why = _("a chain at the priority of connection tracking: before it or after it")
            self.unread.append(Unread(place=place, text="", why=why))
            rules.append(Rule(steps=(anything(f"{place} beside tracking"),), place=place, text=""))
        return rules

    def _rule(self, program: Program, chain: str, line: str, *, early: bool) -> Rule:
        family, table, _chain = program.chain
        text, comment = text_and_comment(line)
        place = f"{chain} handle {program.handle}"

        def named(target: str) -> str:
            path = (family, table, target)
            if path not in self.listing.chains and path not in self.programs:
                return " ".join(path)
            return self._chain(path, None, early=True) if early else " ".join(path)

        around = Surroundings(
            loads=self.loads,
            comparing=self.comparing,
            chain=named,
            collection=lambda name: self.listing.sets.get((family, table, name)),
            varies=lambda name: self._varies((family, table, name)),
            translator=self.translator,
        )
        bridged = family == "bridge"
        whole = self._tracks(bridged=bridged)
        context = Context(version=VERSIONS[family], early=early, is_whole=whole, place=place, bridged=bridged)
        reading = Reading(around=around, context=context, text=text)
        run(reading, program.expressions)
        self.unread += (Unread(place=f"{self.name} {place}", text=text, why=why) for why in reading.unread)
        return Rule(steps=tuple(reading.steps), place=f"{self.name} {place}", text=text, comment=comment)

    def _varies(self, path: Path) -> bool:
        flags = self.listing.sets[path].flags if path in self.listing.sets else ()
        return path in self.varying or bool({"dynamic", "timeout"} & set(flags))


def _early(entry: Entry) -> bool:
    return entry.hook in (Hook.PREROUTING, Hook.OUTPUT) and entry.priority < TRACKING


def _priority(text: str, names: Mapping[str, int]) -> int | None:
    """`filter - 5`, `raw`, `-5`."""
    found = _PRIORITY.fullmatch(text)
    if found is None or not text or found["name"] not in (None, *names):
        return None
    number = int(f"{found['sign'] or ''}{found['number'] or 0}")
    return names.get(found["name"] or "", 0) + number
