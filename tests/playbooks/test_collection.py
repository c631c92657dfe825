"""The collection's house rules: documented, with checks and diffs, and nothing fetched from anywhere."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml

GOV = Path(__file__).parent.parent.parent / "playbooks" / "collections" / "ansible_collections" / "qianyun" / "gov"
MODULES = sorted((GOV / "plugins" / "modules").glob("*.py"))
RELOADED = """\
Lines To Delete
===============
no hostname node-1
router bgp 64512
 no neighbor 192.0.2.1

Lines To Add
============
ip route 192.0.2.0/24 blackhole
"""


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gov_{name}", GOV / "plugins" / "modules" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_says_what_it_takes_and_gives(path: Path) -> None:
    module = loaded(path.stem)
    said = yaml.safe_load(module.DOCUMENTATION)

    examples, returned = yaml.safe_load(module.EXAMPLES), yaml.safe_load(module.RETURN)

    assert said["module"] == path.stem
    assert {name: said["attributes"][name]["support"] for name in ("check_mode", "diff_mode")} == {
        "check_mode": "full",
        "diff_mode": "full",
    }
    assert all(f"qianyun.gov.{path.stem}" in each for each in examples)
    assert {key for each in examples for key in each[f"qianyun.gov.{path.stem}"]} <= set(said["options"])
    assert all({"description", "returned", "type"} <= set(each) for each in returned.values())


def test_the_collection_needs_no_other() -> None:
    assert yaml.safe_load((GOV / "galaxy.yml").read_text())["dependencies"] == {}


@pytest.mark.parametrize(
    ("value", "plain"), [(1, "1"), (True, "1"), (False, "0"), ("1\t2  3", "1 2 3"), ("4096\n", "4096")]
)
def test_values_are_compared_without_their_blanks(value: object, plain: str) -> None:
    assert loaded("sysctl").plain(value) == plain


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward"),
        ("net.ipv4.conf.eth0/1.rp_filter", "/proc/sys/net/ipv4/conf/eth0.1/rp_filter"),
    ],
)
def test_a_setting_lies_where_sysctl_has_it(name: str, path: str) -> None:
    assert str(loaded("sysctl").place(name)) == path


def test_what_frr_would_be_told_is_read_from_its_own_program() -> None:
    assert loaded("frr").told(RELOADED) == {
        "deleted": ["router bgp 64512", " no neighbor 192.0.2.1"],
        "added": ["ip route 192.0.2.0/24 blackhole"],
    }


def test_a_run_that_would_change_nothing_tells_no_lines() -> None:
    assert loaded("frr").told("Lines To Delete\n===============\n\nLines To Add\n============\n") == {
        "deleted": [],
        "added": [],
    }
