"""A system moves between real hosts while people use it: there, and back, and nothing that was acknowledged is lost."""

import re
import sys
from collections.abc import Callable, Iterator

import pytest
from cut_offs import on, rules
from move_trials import again_on_the_eve, gone_back, killed_at
from moving import NAME, Rehearsal, few_hosts

from inventory.rehearsal.permits.furnish import furnish
from qianyun.lab.running import up
from qianyun.track.deeds import CheckName, EvidenceKind, Step, StepState

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]

MEGABYTES = 20
OLD, NEW = ("172.30.0.114", "3fff:e8:0:1::114"), ("172.30.2.30", "3fff:e2:10::30")


@pytest.fixture(scope="module")
def rehearsal(
    tmp_path_factory: pytest.TempPathFactory,
    root: None,  # noqa: ARG001 - root is asked for, not used
    needs: Callable[[str], str],
) -> Iterator[Rehearsal]:
    """The hosts of the move with the application in the department's room, and its users at work."""
    needs("mmdebstrap")
    folder = tmp_path_factory.mktemp("move")
    lab = up(few_hosts(folder), folder / "lab", told)
    try:
        furnish(lab, MEGABYTES)
        rehearsal = Rehearsal(lab=lab, folder=folder)
        rehearsal.prepare()
        rehearsal.load()
        yield rehearsal
    finally:
        lab.down()


@pytest.fixture(scope="module")
def synced(rehearsal: Rehearsal) -> Rehearsal:
    """After the checks before, and the first copy."""
    for step in ("precheck", "sync"):
        done = rehearsal.play(step)
        assert done.returncode == 0, done.stdout + done.stderr
    return rehearsal


@pytest.fixture(scope="module")
def moved(synced: Rehearsal) -> Rehearsal:
    """After the cut-over."""
    done = synced.play("cutover")
    assert done.returncode == 0, done.stdout + done.stderr
    return synced


@pytest.fixture(scope="module")
def verified(moved: Rehearsal) -> Rehearsal:
    """After somebody looked whether it works."""
    done = moved.play("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    return moved


@pytest.fixture(scope="module")
def returned(moved: Rehearsal) -> Rehearsal:
    """After the way back."""
    done = moved.play("rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    moved.settled()
    return moved


def told(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def led(rehearsal: Rehearsal) -> set[str]:
    """Where the name leads, as an office is told."""
    return set(
        " ".join(
            on(rehearsal.lab, "office-b", "dig", "@172.30.2.53", "+short", NAME, kind).stdout for kind in ("A", "AAAA")
        ).split()
    )


def changes(said: str) -> dict[str, int]:
    """Changes by host, as Ansible counts them in the end."""
    return {host: int(count) for host, count in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", said, re.MULTILINE)}


def test_a_host_that_cannot_be_reached_is_named(rehearsal: Rehearsal) -> None:
    on(rehearsal.lab, "app", "systemctl", "stop", "lab-sshd")

    done = rehearsal.play("precheck")
    on(rehearsal.lab, "app", "systemctl", "start", "lab-sshd")

    assert done.returncode != 0
    assert "app of 预演市行政审批局/办件受理系统 cannot be reached over SSH" in " ".join(done.stdout.split())


def test_a_check_before_the_cut_over_works_and_changes_nothing(synced: Rehearsal) -> None:
    before = synced.standing().turn

    done = synced.play("cutover", "--check")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "cutover would be run on" in done.stdout
    assert synced.standing().turn == before
    assert led(synced) == set(OLD)


def test_a_moved_system_answers_at_its_new_addresses_within_its_time(verified: Rehearsal) -> None:
    assert led(verified) == set(NEW)
    assert 0 < verified.gap() < verified.evidence("cutover")["downtime_allowed_s"]
    assert verified.evidence("verify")["flows"]["seen"]["permits-office"] >= 1


def test_both_sides_were_proved_equal_before_the_target_was_opened(moved: Rehearsal) -> None:
    held = moved.evidence("cutover")["data"]

    assert held["database source"] == held["database target"]
    assert held["papers source"] == held["papers target"]
    assert any(line.startswith(f"permits archive|{MEGABYTES}000 rows|") for line in held["database target"])


def test_the_old_address_and_the_rules_to_it_are_gone(moved: Rehearsal) -> None:
    held = on(moved.lab, "room-server", "ip", "address", "show", "dev", "eth0").stdout

    assert not any(address in held for address in OLD)
    assert "permits-sharing" not in rules(moved.lab, "gw-extranet")
    assert "permits-office" in rules(moved.lab, "gw-extranet")


def test_the_tracker_knows_what_was_shown(verified: Rehearsal) -> None:
    standing = verified.standing()

    assert standing.state == "observation"
    assert {ran.step for ran in standing.steps if ran.state is StepState.DONE} >= {
        Step.PRECHECK, Step.SYNC, Step.CUTOVER, Step.VERIFY,
    }  # fmt: skip
    assert standing.holds(EvidenceKind.CUTOVER_RECORD)
    assert all((found := standing.result(name)) and found.is_green for name in (CheckName.FLOWS, CheckName.VERIFY))


def test_a_cut_over_that_is_done_is_not_done_again(moved: Rehearsal) -> None:
    done = moved.play("cutover")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "is done already" in done.stdout
    assert set(changes(done.stdout).values()) == {0}


def test_what_was_acknowledged_anywhere_is_there_after_the_way_back(returned: Rehearsal) -> None:
    assert led(returned) == set(OLD)
    assert "permits-sharing" in rules(returned.lab, "gw-extranet")
    assert returned.lost("room-server", "room-server") == set()
    assert returned.standing().state == "rolled_back"


def test_a_controller_that_dies_at_the_hand_over_leaves_a_source_that_serves_again(returned: Rehearsal) -> None:
    again_on_the_eve(returned)
    returned.load()

    synced_again = returned.play("sync")
    killed_at(returned, "cutover", "One that gave streams")
    gone_back(returned, "killed when the target leads and is not opened")

    assert synced_again.returncode == 0, synced_again.stdout
    assert led(returned) == set(OLD)
    assert returned.standing().state == "rolled_back"
