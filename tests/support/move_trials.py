"""Trials of a move that fails: the controller dies at a step, a host goes away, data differ; the source serves on."""

import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from cut_offs import on
from moving import PATH, Done, Rehearsal

from qianyun.track.deeds import Step, StepState

STEPS = (
    "Freeze is written down",
    "Service stands still, after a reboot too",
    "Last changes are copied",
    "Sessions from before are over",
    "Target has caught up",
    "Both sides are asked what they hold",
    "Handing over is written down",
    "One that gives will only follow from now on",
    "One that gives is shut down whole",
    "One that takes has it",
    "One that takes is promoted",
    "One that takes keeps what the other has not fetched",
    "One that gave follows",
    "One that gave streams",
    "Opening is written down",
    "Units that hold and let go of addresses are described",
    "Addresses are on one side only",
    "Service runs at the target, after a reboot too",
    "Service answers",
    "Name leads where it is to lead",
    "Time of the opening is known",
)
"""Tasks of the cut-over, each the first that the dying controller no longer carries out."""


def killed_at(rehearsal: Rehearsal, playbook: str, task: str) -> Done:
    """Run a playbook whose controller is killed when a task begins."""
    plugins = {"ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "killer"), "ANSIBLE_CALLBACKS_ENABLED": "killer"}
    done = rehearsal.play(playbook, KILLED_AT=task, **plugins)
    assert done.returncode == -signal.SIGKILL, (task, done.stdout[-3000:], done.stderr)
    return done


def again_on_the_eve(rehearsal: Rehearsal) -> None:
    """Bring the tracker from a cut-over that was rolled back to the eve of the next."""
    if rehearsal.standing().state == "rolled_back":
        rehearsal.walk(PATH[-2:])


def gone_back(rehearsal: Rehearsal, why: str) -> float:
    """Roll back, and hold the source to serving with every row that was acknowledged anywhere; gives the longest gap.

    Raises:
        AssertionError: A row is lost, or the source does not serve.
    """
    done = rehearsal.play("rollback")
    assert done.returncode == 0, (why, done.stdout[-4000:], done.stderr)
    rehearsal.settled()
    lost = rehearsal.lost("room-server", "room-server")
    assert lost == set(), (why, lost)
    assert on(rehearsal.lab, "room-server", "systemctl", "is-enabled", "permits").stdout.strip() == "enabled"
    gap = rehearsal.gap()
    rehearsal.forget()
    rehearsal.load()
    return gap


def unreachable_target(rehearsal: Rehearsal) -> None:
    """The cut-over meets a target whose SSH is away; nothing changes, and the operator is told which host it is."""
    on(rehearsal.lab, "app", "systemctl", "stop", "lab-sshd")
    try:
        done = rehearsal.play("cutover")
    finally:
        on(rehearsal.lab, "app", "systemctl", "start", "lab-sshd")
    assert done.returncode != 0
    said = " ".join(done.stdout.split())
    assert "app of 预演市行政审批局/办件受理系统 cannot be reached over SSH" in said, done.stdout[-3000:]
    assert "nothing was changed. Mend the connection and run cutover again." in said


def differing_data(rehearsal: Rehearsal) -> None:
    """A file of the target is spoiled behind rsync's back; the target is not opened."""
    spoil = 'at="$(stat -c %y "$1")"; printf spoiled | dd of="$1" conv=notrunc status=none; touch -d "$at" "$1"'
    assert on(rehearsal.lab, "app", "sh", "-ec", spoil, "sh", "/srv/permits/papers/old-1").returncode == 0
    done = rehearsal.play("cutover")
    assert done.returncode != 0
    assert "papers is not the same on both sides" in " ".join(done.stdout.split()), done.stdout[-3000:]
    on(rehearsal.lab, "app", "rm", "/srv/permits/papers/old-1")


def dead_name_server(rehearsal: Rehearsal) -> None:
    """The name server takes no change; the target is open already, and everything comes back."""
    on(rehearsal.lab, "resolver", "mv", "/usr/bin/nsupdate", "/usr/bin/nsupdate.away")
    try:
        done = rehearsal.play("cutover")
    finally:
        on(rehearsal.lab, "resolver", "mv", "/usr/bin/nsupdate.away", "/usr/bin/nsupdate")
    assert done.returncode != 0
    ran = rehearsal.standing().step(Step.CUTOVER)
    assert ran is not None
    assert ran.state is StepState.FAILED


def broken_service(rehearsal: Rehearsal) -> None:
    """The service does not start at the target."""
    unit = "/etc/systemd/system/permits.service"
    on(rehearsal.lab, "app", "sh", "-ec", f"sed -i '/^User=/i ExecStartPre=/bin/false' {unit}; systemctl daemon-reload")
    try:
        done = rehearsal.play("cutover", "-e", "move_patience_s=6")
    finally:
        on(rehearsal.lab, "app", "sh", "-ec", f"sed -i /ExecStartPre/d {unit}; systemctl daemon-reload")
    assert done.returncode != 0


FAILURES: Mapping[str, Callable[[Rehearsal], None]] = {
    "target unreachable": unreachable_target,
    "data differ": differing_data,
    "service does not start": broken_service,
    "name server takes no change": dead_name_server,
}
