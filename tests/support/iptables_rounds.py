"""Rounds of the differential test for iptables: both families, both kinds of the program, real sets, real frames.

What the verifier reads is what iptables-save, ip6tables-save and ipset save give back.
"""

import random
import re
from collections import Counter

from frames import Frame
from iptables_rules import CHAINS, OTHERS, Random, Written
from kernel_lab import Lab
from wire_rounds import Judge, Rounds, Tally, bounds

from qianyun.verify.bits import BitEngine
from qianyun.verify.chains import Ruleset
from qianyun.verify.fields import FIELDS, Field
from qianyun.verify.passing import Passing
from qianyun.verify.reading import read_firewall
from qianyun.verify.space import Space
from qianyun.verify.tracing import trace

KINDS = ("nft", "legacy")
NOT_KNOWN = "u32"
FAULTY = re.compile(r"[Ll]ine:? (\d+)")
EMPTY = "".join(
    "\n".join([f"*{table}", *(f":{chain} ACCEPT [0:0]" for chain in (*CHAINS[table], *OTHERS[table])), "COMMIT", ""])
    for table in CHAINS
)
PROGRAMS = {4: "iptables", 6: "ip6tables"}
FOLLOWED = 8
"""Every so many frames, one is also followed rule by rule."""


class TableRounds(Rounds):
    """Rounds in one lab, repeatable by their seed."""

    def __init__(self, lab: Lab, tally: Tally) -> None:
        super().__init__(lab, tally)
        self.legacy = False
        self.refused: Counter[str] = Counter()

    def play(self, seed: int, frames: int, connections: int) -> None:
        chance = random.Random(f"iptables {seed}")  # noqa: S311 - a seeded trial
        kind = chance.choice(KINDS)
        made = Random(chance).written()
        saved = self._saved(made, kind)
        what = f"seed {seed}, {kind}\n{saved}"
        ruleset = read_firewall(saved, "lab")
        judge = self._judged(ruleset, made, kind, what)
        before = self.tally.frames
        self._singles(judge, chance, frames, what)
        if ruleset.tracks:
            self._connections(judge, chance, connections, what)
        self._settle()
        self.tally.rulesets += 1
        self.tally.coverage.note(made.constructs() + Counter({f"iptables-{kind}": 1}), self.tally.frames - before)

    def _saved(self, made: Written, kind: str) -> str:
        self._clear()
        self._run("ipset", "-exist", "restore", given=made.sets)
        self.legacy = kind == "legacy"
        for version, program in PROGRAMS.items():
            self._restore(made, version, f"{program}-{kind}-restore")
        made.sets = self._run("ipset", "save")
        return made.sets + "".join(self._run(f"{program}-{kind}-save") for program in PROGRAMS.values())

    def _clear(self) -> None:
        self.lab.load("")
        for program in PROGRAMS.values() if self.legacy else ():
            self._run(f"{program}-legacy-restore", given=EMPTY)
        self._run("ipset", "flush")  # the kernel frees sets long after the rules that asked them, so they stay

    def _restore(self, made: Written, version: int, program: str) -> None:
        """Without the lines that the program refuses."""
        while True:
            done = self.lab.router(program, given=made.tables[version])
            if not done.returncode:
                return
            lines = made.tables[version].splitlines(keepends=True)
            found = FAULTY.search(done.stderr)
            assert found, f"{done.stderr}\n{made.tables[version]}"
            at = int(found[1]) - 1
            while lines[at] == "COMMIT\n" and "--mac-source" in made.tables[version]:
                at = next(at for at, line in enumerate(lines) if "--mac-source" in line)  # none after routing
            assert lines[at].startswith("-A"), f"{done.stderr}\n{made.tables[version]}"
            self.refused[f"{program}: {lines.pop(at).strip()}: {done.stderr.strip()}"] += 1
            made.tables[version] = "".join(lines)

    def _run(self, *command: str, given: str = "") -> str:
        done = self.lab.router(*command, given=given)
        assert not done.returncode, f"{command}: {done.stderr}\n{given}"
        return done.stdout

    def _judged(self, ruleset: Ruleset, made: Written, kind: str, what: str) -> Judge:
        ours = read_firewall(_titled(made, kind), "written")
        space = Space([*ruleset.conditions(), *ours.conditions()], engine=BitEngine)
        judge = Judge(ruleset, *bounds(ruleset, space))
        if bounds(ours, space) != (judge.certain, judge.possible):
            self.tally.mismatches.append(f"what was written and what was saved differ\n{what}")
        if strange := [line for line in ruleset.unread if NOT_KNOWN not in line.text]:
            self.tally.mismatches.append(f"not understood: {strange}\n{what}")
        self.doubts = [axis.field for axis in space.axes if axis.field not in FIELDS]
        self.passing = Passing(ruleset, space).through()
        self.blurs = ruleset.guesses
        return judge

    def _compare(self, judge: Judge, values: dict[Field, int], each: Frame, what: str, *, passed: bool) -> None:
        super()._compare(judge, values, each, what, passed=passed)
        if self.tally.frames % FOLLOWED:
            return
        whole = {**values, **{of: self.tally.frames // FOLLOWED * 7919 >> at & 1 for at, of in enumerate(self.doubts)}}
        passes = trace(judge.ruleset, whole).passes
        if not (judge.certain.holds(values) <= passes <= judge.possible.holds(values)) or (
            not self.blurs and passes != self.passing.holds(whole)
        ):
            self.tally.mismatches.append(f"{each}: following it gives {passes}, the sets say otherwise\n{what}")


def _titled(made: Written, kind: str) -> str:
    """The text as it was written, under the titles by which a listing tells its family and who runs it."""
    titles = {
        version: f"# Generated by {program}-save v1{' (nf_tables)' * (kind == 'nft')} on a day"
        for version, program in PROGRAMS.items()
    }
    return made.sets + "".join(f"{titles[version]}\n{text}" for version, text in made.tables.items())
