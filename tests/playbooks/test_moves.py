"""What the playbooks of the moves refuse before they touch a host; `tests/lab` shows what they do to hosts."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from qianyun.store import Store

ROOT = Path(__file__).parent.parent.parent
ESTATE = ROOT / "inventory" / "rehearsal"
Ansible = Callable[..., CompletedProcess[str]]


def variables(tmp_path: Path, **further: object) -> Path:
    """What `qianyun move compile` writes, as far as a refusal gets."""
    path, store = tmp_path / "moves.json", tmp_path / "rehearsal.db"
    Store.open(f"sqlite:///{store}", create=True).close()
    own = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "move_name": "permits",
        "move_system": "预演市行政审批局/办件受理系统",
        "move_plan": "sha256:" + "a" * 64,
        "move_estate": str(ESTATE),
        "move_store": f"sqlite:///{store}",
        **further,
    }
    inside = {"hosts": {"permits": own}, "children": {"moves": {"hosts": {"permits": {}}}}}
    path.write_text(json.dumps({"all": inside}), encoding="utf-8")
    return path


def said(done: CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize("arguments", [(), ("-e", "move=permit")], ids=["unnamed", "misnamed"])
def test_a_run_that_names_no_move_is_told_which_there_are(
    ansible: Ansible, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = ansible("playbook", "-i", str(variables(tmp_path)), *arguments, str(ROOT / "playbooks" / "precheck.yml"))

    assert done.returncode != 0
    assert "Say what moves: -e move=NAME or -e move=wave_NUMBER. The approved plan has permits." in said(done)


def test_a_run_without_an_approved_plan_is_refused(ansible: Ansible, tmp_path: Path) -> None:
    playbook = str(ROOT / "playbooks" / "cutover.yml")

    done = ansible("playbook", "-i", str(variables(tmp_path)), "-e", "move=permits", playbook)

    assert done.returncode != 0
    assert "no plan is approved; qianyun plan freeze approves one" in said(done)
    assert "the step cutover was refused, and nothing was changed" in said(done)
    assert "Where the move stands is known" not in done.stdout


def test_a_variable_that_is_missing_is_named(ansible: Ansible, tmp_path: Path) -> None:
    playbook = tmp_path / "one.yml"
    given = {"move_step": "precheck", "move_begun": {"done": False}}
    task = {"name": "Step", "ansible.builtin.include_role": {"name": "move"}, "vars": given}
    playbook.write_text(json.dumps([{"name": "One", "hosts": "permits", "gather_facts": False, "tasks": [task]}]))

    done = ansible("playbook", "-i", str(variables(tmp_path, move_hosts=[])), str(playbook))

    assert done.returncode != 0
    assert "missing required arguments: move_disks, move_downtime_s, move_gateways" in said(done)
