"""`playbooks/zones.yml` on real hosts: over SSH on loopback, and on a kernel's own packet filter."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from loopback import Loopback

ROOT = Path(__file__).parent.parent.parent
INVENTORY = str(ROOT / "inventory" / "province" / "qianyun.yml")
ZONES = str(ROOT / "playbooks" / "zones.yml")
HOST = "gw-extranet-1"
LOCAL = (
    "--extra-vars", "ansible_connection=local", "--extra-vars", f"ansible_python_interpreter={sys.executable}",
)  # fmt: skip
Ansible = Callable[..., CompletedProcess[str]]


def recap(said: str) -> dict[str, int]:
    line = re.search(rf"^{HOST}\s+: (.*)$", said, re.MULTILINE)
    assert line, said
    return {name: int(count) for name, count in (pair.split("=") for pair in line[1].split())}


@pytest.fixture
def places(tmp_path: Path, needs: Callable[[str], str]) -> tuple[str, ...]:
    """Variables that keep the role inside the test's own folder."""
    tmp_path.joinpath("nftables.conf").write_text("#!/usr/sbin/nft -f\nflush ruleset\n")
    values = {
        "zone_firewall_folder": tmp_path / "etc",
        "zone_firewall_boot_file": tmp_path / "nftables.conf",
        "zone_firewall_nft": needs("nft"),
    }
    return tuple(part for name, value in values.items() for part in ("--extra-vars", f"{name}={value}"))


@pytest.mark.usefixtures("root")
def test_a_check_over_ssh_shows_the_change_and_makes_none(
    ansible: Ansible, loopback: Loopback, places: tuple[str, ...], tmp_path: Path
) -> None:
    before = tmp_path.joinpath("nftables.conf").read_text()

    done = ansible(
        "playbook", "-i", INVENTORY, "--limit", HOST, "--check", "--diff", *loopback.variables, *places, ZONES
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (recap(done.stdout)["failed"], recap(done.stdout)["changed"] > 0) == (0, True)
    assert '+include "' in done.stdout
    assert "+table inet qianyun {" in done.stdout
    assert tmp_path.joinpath("nftables.conf").read_text() == before
    assert not tmp_path.joinpath("etc").exists()


@pytest.mark.lab
@pytest.mark.usefixtures("root")
def test_the_rules_run_in_the_kernel_and_a_second_run_changes_nothing(
    operators: dict[str, str], needs: Callable[[str], str], places: tuple[str, ...], tmp_path: Path
) -> None:
    playbook = shlex.join(["ansible-playbook", "-i", INVENTORY, "--limit", HOST, *LOCAL, *places, ZONES])
    script = f"{playbook} > first; {playbook} > second; nft --stateless list ruleset > running"

    done = subprocess.run(
        [needs("unshare"), "--net", "sh", "-ec", script],
        cwd=tmp_path,
        env=operators,
        stderr=subprocess.PIPE,
        check=False,
    )

    first, second, running = (
        path.read_text() if path.exists() else "" for path in map(tmp_path.joinpath, ("first", "second", "running"))
    )
    assert done.returncode == 0, first + second
    assert (recap(first)["changed"] > 0, recap(second)["changed"]) == (True, 0)
    assert re.search(r"chain forward \{\s+type filter hook forward priority filter; policy drop;", running)
    assert tmp_path.joinpath("nftables.conf").read_text().endswith(f'include "{tmp_path}/etc/zones.nft"\n')


def test_a_ruleset_of_another_declaration_is_refused_before_anything_changes(
    ansible: Ansible, places: tuple[str, ...], tmp_path: Path
) -> None:
    other = ("--extra-vars", f"zone_firewall_digest=sha256:{'0' * 64}")

    done = ansible("playbook", "-i", INVENTORY, "--limit", HOST, *LOCAL, *other, *places, ZONES)

    assert recap(done.stdout)["failed"] == 1
    assert "The ruleset carries another digest than" in done.stdout
    assert not tmp_path.joinpath("etc").exists()
