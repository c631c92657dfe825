"""The rehearsal's hosts, changed by the playbooks as an operator runs them, and judged by packets."""

import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from cut_offs import CUT, PROGRAM, on, put, rules, waited
from reachability import declared, observed, questions
from rehearsal import ESTATE, Run, playbooks, rehearsal

from qianyun.compile.nftables import render
from qianyun.errors import LabError
from qianyun.importers.declaration import load_policy
from qianyun.lab.running import Lab, found, up

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

TODAY = date(2026, 11, 25)
CONFIRM_S = 10


@pytest.fixture(scope="module")
def lab(
    tmp_path_factory: pytest.TempPathFactory,
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
) -> Iterator[Lab]:
    needs("mmdebstrap")
    with rehearsal(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="module")
def ansible(lab: Lab) -> Run:
    """`ansible("--limit", "web", …)` runs the playbook `zones` on the lab."""
    return partial(playbooks(lab), "zones")


@pytest.fixture(scope="module")
def zoned(lab: Lab, ansible: Run) -> Lab:
    """The lab after an operator applied the zones."""
    done = ansible()
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"changed=[1-9]\d* +unreachable=0 +failed=0", done.stdout)) == 5
    return lab


def told(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def files(lab: Lab, host: str) -> str:
    """A digest over everything that lies in the host's own layer."""
    script = "find /etc /usr/local /root -xdev -type f -print0 | sort -z | xargs -0 sha256sum"
    return hashlib.sha256(on(lab, host, "sh", "-c", script).stdout.encode()).hexdigest()


def cutting() -> str:
    return render(load_policy(ESTATE), TODAY) + CUT


def test_a_check_before_the_first_run_leaves_every_file_and_rule_as_it_was(lab: Lab, ansible: Run) -> None:
    before = (files(lab, "gw-extranet"), rules(lab, "gw-extranet"))

    done = ansible("--check", "--diff", "--limit", "gw-extranet")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "+table inet qianyun {" in done.stdout
    assert (files(lab, "gw-extranet"), rules(lab, "gw-extranet")) == before


def test_a_second_run_changes_nothing(zoned: Lab, ansible: Run) -> None:
    assert zoned.hosts

    done = ansible()

    assert len(re.findall(r"changed=0 +unreachable=0 +failed=0", done.stdout)) == 5, done.stdout


def test_a_rule_planted_on_one_gateway_is_seen_by_packets(zoned: Lab) -> None:
    policy = load_policy(ESTATE)
    planted = ("nft", "insert", "rule", "inet", "qianyun", "from_department", "tcp", "dport", "2222", "accept")
    assert on(zoned, "gw-extranet", *planted).returncode == 0
    cells = [cell for cell in questions(zoned, ("office-a", "database")) if cell.source == "office-a"]

    try:
        extra = observed(zoned, cells) - declared(zoned, policy, cells, TODAY)
    finally:
        on(zoned, "gw-extranet", "nft", "--file", "/etc/qianyun/zones.nft")

    assert {(cell.target, cell.protocol, cell.port) for cell in extra} == {("database", "tcp", 2222)}


def test_rules_that_cut_new_connections_are_gone_again_and_the_operator_is_told(
    zoned: Lab, ansible: Run, tmp_path: Path
) -> None:
    before = rules(zoned, "gw-extranet")
    variables = tmp_path / "cut.json"
    variables.write_text(json.dumps({"zone_firewall_ruleset": cutting(), "zone_firewall_confirm_s": CONFIRM_S}))

    done = ansible("--limit", "gw-extranet", "--extra-vars", f"@{variables}")

    assert done.returncode != 0
    assert "the host runs the rules from before again" in done.stdout
    assert rules(zoned, "gw-extranet") == before
    assert on(zoned, "gw-extranet", PROGRAM, "status").stdout == ""


def test_rules_that_no_controller_confirms_are_gone_after_their_time(zoned: Lab) -> None:
    before = rules(zoned, "fw-exchange-inner")
    put(zoned, "fw-exchange-inner", "/etc/qianyun/candidate.nft", cutting())

    done = on(zoned, "fw-exchange-inner", PROGRAM, "apply", "6", "trial")
    waited(lambda: "chain cut" in rules(zoned, "fw-exchange-inner"))
    waited(lambda: "chain cut" not in rules(zoned, "fw-exchange-inner"))

    assert done.returncode == 0, done.stderr
    assert rules(zoned, "fw-exchange-inner") == before
    late = on(zoned, "fw-exchange-inner", PROGRAM, "confirm", "trial")
    assert (late.returncode, "it was rolled back" in late.stderr) == (4, True)


def test_a_change_is_rolled_back_when_its_keeper_is_killed(zoned: Lab) -> None:
    before = rules(zoned, "fw-exchange-inner")
    put(zoned, "fw-exchange-inner", "/etc/qianyun/candidate.nft", cutting())
    on(zoned, "fw-exchange-inner", PROGRAM, "apply", "60", "trial")
    waited(lambda: "chain cut" in rules(zoned, "fw-exchange-inner"))

    on(zoned, "fw-exchange-inner", "systemctl", "kill", "--signal=KILL", "qianyun-zone-change.service")

    waited(lambda: rules(zoned, "fw-exchange-inner") == before, 30)


def test_a_second_change_is_refused_while_one_is_under_way(zoned: Lab) -> None:
    put(zoned, "gw-egress-1", "/etc/qianyun/candidate.nft", render(load_policy(ESTATE), TODAY))
    on(zoned, "gw-egress-1", PROGRAM, "apply", "30", "first")

    second = on(zoned, "gw-egress-1", PROGRAM, "apply", "30", "second")
    on(zoned, "gw-egress-1", PROGRAM, "rollback", "first")

    assert (second.returncode, "a change is under way already (first)" in second.stderr) == (3, True)
    assert on(zoned, "gw-egress-1", PROGRAM, "status").stdout == ""


def test_a_reboot_before_the_confirmation_boots_the_rules_from_before(zoned: Lab) -> None:
    before = rules(zoned, "gw-egress-2")
    put(zoned, "gw-egress-2", "/etc/qianyun/candidate.nft", cutting())
    on(zoned, "gw-egress-2", PROGRAM, "apply", "600", "trial")
    waited(lambda: "chain cut" in rules(zoned, "gw-egress-2"))
    booted = zoned.init("gw-egress-2")

    on(zoned, "gw-egress-2", "systemctl", "reboot")

    def is_back() -> bool:
        try:
            return zoned.init("gw-egress-2") != booted and rules(zoned, "gw-egress-2") == before
        except (LabError, StopIteration):
            return False

    waited(is_back)


def test_ending_one_process_ends_the_lab_with_all_that_it_holds(tmp_path: Path, zoned: Lab) -> None:
    assert zoned.hosts
    small = tmp_path / "lab.yml"
    small.write_text("networks: [lan]\nhosts:\n  - {name: alone, links: [{network: lan, interface: eth0}]}\n")
    lab = up(small, tmp_path / "small", told)
    inside = lab.init("alone")

    os.kill(lab.pid, signal.SIGKILL)

    waited(lambda: not runs(lab.folder))
    with pytest.raises(LabError, match="no lab runs from"):
        found(lab.folder)
    assert not Path(f"/proc/{inside}").exists()
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
    up(small, tmp_path / "small", told).down()
    groups = f"**/qianyun-lab{str(lab.folder).replace('/', '-')}"
    waited(lambda: [*Path("/sys/fs/cgroup").glob(groups)] == [])


def runs(folder: Path) -> bool:
    """Whether a lab runs from a folder; one that ends does so until its last process is gone."""
    try:
        found(folder)
    except LabError:
        return False
    return True
