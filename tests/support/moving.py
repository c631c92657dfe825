"""A rehearsal of one move: its hosts, its tracker walked to the eve of the cut-over, its playbooks, its users."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from cut_offs import on, waited
from ruamel.yaml import YAML

from qianyun.estate.facts import SystemKey
from qianyun.lab.running import Lab
from qianyun.plan.plan import Cost, PlacedGroup, Placement, Plan, Status, Wave
from qianyun.store import Held, Store
from qianyun.track.deeds import Approval, Check, Deed, Entry, Evidence
from qianyun.track.grounds import Asked
from qianyun.track.recording import advance, note
from qianyun.track.standing import Standing
from qianyun.track.states import Tracked, TrackedKind
from qianyun.track.transitions import gate_of
from reports.world import world_of

ROOT = Path(__file__).parent.parent.parent
ESTATE = ROOT / "inventory" / "rehearsal"
HOSTS = ("gw-extranet", "app", "database", "resolver", "office-a", "office-b", "room-server")
"""Those of the rehearsal that the move touches."""
SYSTEM = "预演市行政审批局/办件受理系统"
NAME = "permits.rehearsal.example"
Done = subprocess.CompletedProcess[str]
PATH = ("survey", "assessment", "review", "resources", "deployment", "test_migration", "trial")


CALLERS = {"office-a": "6", "office-b": "4"}
"""Who hands in permits, over which family."""


def few_hosts(folder: Path) -> Path:
    """The rehearsal's topology with the hosts of the move alone."""
    yaml = YAML(typ="safe")
    topology = yaml.load((ESTATE / "lab.yml").read_text(encoding="utf-8"))
    topology["hosts"] = [host for host in topology["hosts"] if host["name"] in HOSTS]
    path = folder / "lab.yml"
    yaml.dump(topology, path)
    return path


@dataclass(kw_only=True)
class Rehearsal:
    """One lab with the move's tracker.

    Attributes:
        lab: Its hosts, furnished.
        folder: The store, the compiled variables, the evidence, and Ansible's home.
    """

    lab: Lab
    folder: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "QIANYUN_"))},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
            "PYTHONPATH": str(ROOT),
            "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "QIANYUN_STORE": f"sqlite:///{self.folder / 'rehearsal.db'}",
            "QIANYUN_ESTATE": str(ESTATE),
            "LC_ALL": "C.UTF-8",
        }

    def qianyun(self, *words: str, given: str = "") -> Done:
        """Run our program as an operator does."""
        command = [sys.executable, "-m", "qianyun", "--lang", "en", *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, input=given, capture_output=True, text=True, check=False
        )

    def play(self, step: str, *arguments: str, **environment: str) -> Done:
        """Run a playbook of the move."""
        inventories = (ESTATE / "qianyun.yml", self.folder / "moves.json", self.lab.folder / "hosts.json")
        given = [word for path in inventories for word in ("-i", str(path))]
        variables = ["-e", "move=permits", "-e", f"move_evidence_folder={self.folder / 'evidence'}"]
        command = ["ansible-playbook", *given, str(ROOT / "playbooks" / f"{step}.yml"), *variables, *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *words: str) -> Done:
        """Run our program; it must succeed."""
        done = self.qianyun(*words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def prepare(self) -> None:
        """Import, walk the tracker to the eve of the cut-over, have a plan for today approved, and compile."""
        self.must("estate", "import", str(ESTATE / "ledgers"))
        self.walk(PATH)
        self.approve(datetime.now().astimezone().date())
        self.compile()

    @property
    def url(self) -> str:
        """Of the store."""
        return self.environment["QIANYUN_STORE"]

    def compile(self) -> None:
        """Write what the playbooks are given."""
        (self.folder / "moves.json").write_text(self.must("move", "compile").stdout, encoding="utf-8")

    def approve(self, day: date) -> None:
        """Have a plan approved that gives the system a day."""
        key = SystemKey(department=SYSTEM.partition("/")[0], name=SYSTEM.partition("/")[2])
        group = PlacedGroup(number=0, week=day, placements=(Placement(system=key, on=day),))
        wave = Wave(number=1, first=day, last=day, groups=(group,))
        plan = Plan(problem_digest="sha256:" + "0" * 64, status=Status.EDITED, waves=(wave,), cost=Cost())
        with Store.open(self.url) as store:
            store.save_plan(plan.to_text(), problem_digest=plan.problem_digest, who="operator")
            store.approve_plan(plan.digest, who="approver")

    def walk(self, states: Sequence[str] = PATH) -> None:
        """Show the tracker all that it asks for on the way to the trial, and for the cut-over's own gate."""
        with Store.open(self.url) as store:
            for state in states:
                self._show(store, state)
                store.tell(self._entered(state))
            self._show(store, "cutover")

    def _show(self, store: Store, state: str) -> None:
        world = world_of(store.held(), ESTATE)
        standing = world.standing(_tracked())
        gate = gate_of(TrackedKind.SYSTEM, standing.state, state, standing.resumes)
        assert gate is not None
        deeds: list[Deed] = [Evidence(kind=kind, digest="sha256:" + "0" * 64, name="paper") for kind in gate.evidence]
        deeds += [Check(name=name, is_green=True) for name in gate.checks]
        for deed in [*deeds, *([Approval(target=state)] if gate.is_approved else [])]:
            who = "approver" if isinstance(deed, Approval) else "operator"
            store.tell(self._noted(deed, who))

    def _noted(self, deed: Deed, who: str) -> Callable[[Held], tuple[Entry]]:
        def judge(held: Held) -> tuple[Entry]:
            return (note(_asked("", who), deed, world_of(held, ESTATE), (), datetime.now(UTC)),)

        return judge

    def _entered(self, state: str) -> Callable[[Held], tuple[Entry]]:
        def judge(held: Held) -> tuple[Entry]:
            return (advance(_asked(state, "operator"), world_of(held, ESTATE), datetime.now(UTC)),)

        return judge

    def standing(self) -> Standing:
        """Where the tracker has the system."""
        with Store.open(self.url) as store:
            return next(each for each in store.standings(TrackedKind.SYSTEM) if each.tracked == _tracked())

    def evidence(self, step: str) -> dict[str, Any]:
        """What the latest run of a step brought together."""
        kept = sorted((self.folder / "evidence" / "permits").glob(f"*-{step}.json"))
        found: dict[str, Any] = json.loads(kept[-1].read_text(encoding="utf-8"))
        return found

    # The users

    def load(self) -> None:
        """Have both offices hand in permits all the time."""
        for office, family in CALLERS.items():
            client = f"python3 /run/client.py {NAME} 8080 {family} /run/load"
            assert on(self.lab, office, "systemd-run", "--unit=load", "sh", "-c", client).returncode == 0

    def settled(self) -> None:
        """Let both hand in one more, and stop: the system takes permits in, wherever it is."""
        for office in CALLERS:
            on(self.lab, office, "touch", "/run/load/STOP")
        for office in CALLERS:
            waited(partial(self._stands_still, office), 120)
            on(self.lab, office, "rm", "/run/load/STOP")

    def forget(self) -> None:
        """Begin a new account of what is acknowledged; what was so far has been found."""
        for office in CALLERS:
            on(self.lab, office, "rm", "-r", "/run/load")

    def _stands_still(self, office: str) -> bool:
        return on(self.lab, office, "systemctl", "is-active", "load").returncode != 0

    def acknowledged(self) -> dict[str, list[tuple[str, float]]]:
        """Keys with the second in which each was acknowledged, by office."""
        lines = {
            office: on(self.lab, office, "cat", "/run/load/acknowledged").stdout.splitlines() for office in CALLERS
        }
        return {office: [(key, float(at)) for key, at in map(str.split, each)] for office, each in lines.items()}

    def gap(self) -> float:
        """The longest time in seconds for which an office got no acknowledgement."""
        times = [[at for _key, at in acknowledged] for acknowledged in self.acknowledged().values()]
        return max(later - earlier for each in times for earlier, later in pairwise(each))

    def rows(self, host: str) -> set[str]:
        """Keys of the permits that a host's database holds."""
        command = ("runuser", "-u", "postgres", "--", "psql", "-AtX", "-d", "permits", "-c", "select key from permits")
        return set(on(self.lab, host, *command).stdout.split())

    def papers(self, host: str) -> set[str]:
        """Names of the papers that a host holds."""
        return set(on(self.lab, host, "ls", "/srv/permits/papers").stdout.split())

    def lost(self, database: str, files: str) -> set[str]:
        """Keys that were acknowledged and are not there, as row or as paper."""
        keys = {key for acknowledged in self.acknowledged().values() for key, _at in acknowledged}
        return keys - (self.rows(database) & self.papers(files))


def _tracked() -> Tracked:
    return Tracked(kind=TrackedKind.SYSTEM, key=SYSTEM)


def _asked(target: str, who: str) -> Asked:
    today = datetime.now().astimezone().date()
    return Asked(tracked=_tracked(), target=target, on=today, who=who, why="rehearsed")
