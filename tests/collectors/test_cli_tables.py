"""Answers of real CLIs, as they come over a terminal with echo, prompt and pager, and what their tables say."""

from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from collectors.agents.ssh import recorded_answers
from collectors.cli_tables import PLATFORMS, facts, rows
from collectors.transcript import DIALOGUES, clean
from qianyun.estate.targets import Profile

DEVICES = Path(__file__).parent.parent.parent / "inventory" / "province" / "devices"
PAGE = 24
MARKS = {
    Profile.VRP: "  ---- More ----\x1b[42D                                          \x1b[42D",
    Profile.COMWARE: "---- More ----\x1b[16D                \x1b[16D",
    Profile.IOS: " --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b",
    Profile.FORTIOS: "--More-- \r         \r",
    Profile.ZXROS: " --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b",
}


def on_a_terminal(profile: Profile, command: str, answer: str) -> str:
    lines = answer.splitlines()
    pages = ["\r\n".join(lines[n : n + PAGE]) for n in range(0, len(lines), PAGE)]
    return f"{command}\r\n" + f"\r\n{MARKS[profile]}".join(pages) + "\r\n<device>"


@pytest.mark.parametrize("profile", PLATFORMS)
def test_what_comes_over_a_terminal_reads_as_what_the_device_wrote(
    profile: Profile, shared: Callable[[str], Path]
) -> None:
    asked, wrong = 0, []
    for command in DIALOGUES[profile].commands.values():
        folder = shared("cli") / "tests" / PLATFORMS[profile] / command.replace(" ", "_").replace("mac_a", "mac-a")
        for raw in sorted(folder.glob("*.raw")):
            text = raw.read_text(encoding="utf-8")
            expected = YAML(typ="safe").load(raw.with_suffix(".yml").read_text(encoding="utf-8"))["parsed_sample"]
            found = rows(profile, command, clean(on_a_terminal(profile, command, text), command))
            asked += 1
            if len(found) != len(expected) or any(
                value not in ("", ours.get(name)) and isinstance(value, str) and ours.get(name) != value.strip()
                for ours, theirs in zip(found, expected, strict=True)
                for name, value in theirs.items()
            ):
                wrong.append(raw.name)

    assert wrong == []
    assert asked >= {Profile.ZXROS: 2}.get(profile, 10)


def test_tables_of_a_switch_become_facts() -> None:
    told = recorded_answers(DEVICES / "zfb-sw-01")
    commands = DIALOGUES[Profile.VRP].commands

    found = list(facts(Profile.VRP, {section: told[command] for section, command in commands.items()}))

    assert ("port.GigabitEthernet0/0/2", ("down", "down", "", ""), "interfaces") in found
    assert (
        "neighbour.GigabitEthernet0/0/1",
        ("lldp", "dsj-sw-01", "00:1a:2b:00:01:01", "GigabitEthernet0/0/17", "198.51.100.11"),
        "neighbours",
    ) in found
    assert ("mac.00:1a:2b:00:02:01.20", "GE0/0/1", "macs") in found
    assert ("arp.198.51.100.129.GE0/0/1", "00:1a:2b:00:02:01", "arp") in found


def test_an_answer_that_no_template_fits_gives_no_rows() -> None:
    assert rows(Profile.VRP, "display interface brief", "Error: Unrecognized command found at '^' position.\n") == ()
    assert rows(Profile.VRP, "display nothing", "x") == ()


def test_an_answer_to_what_a_profile_never_asks_is_left_out() -> None:
    assert list(facts(Profile.FORTIOS, {"neighbours": "GigabitEthernet0/0/1 has 1 neighbor(s):\n"})) == []
