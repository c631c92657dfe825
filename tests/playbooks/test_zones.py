"""What `playbooks/zones.yml` refuses before it touches a host; `tests/lab` shows what it does to hosts."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

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


def test_a_ruleset_of_another_declaration_is_refused_before_anything_changes(
    ansible: Ansible, places: tuple[str, ...], tmp_path: Path
) -> None:
    other = ("--extra-vars", f"zone_firewall_digest=sha256:{'0' * 64}")

    done = ansible("playbook", "-i", INVENTORY, "--limit", HOST, *LOCAL, *other, *places, ZONES)

    assert recap(done.stdout)["failed"] == 1
    assert "The ruleset carries another digest than" in done.stdout
    assert not tmp_path.joinpath("etc").exists()
