"""`backup.yml`: sets by host, and every fault with its line."""

from pathlib import Path

import pytest

from qianyun.compile.hostvars import backed_up, joined
from qianyun.errors import DeclarationError
from qianyun.importers.declaration import load_backups

REHEARSAL = Path(__file__).parent.parent.parent / "inventory" / "rehearsal"
FAULTY = """\
sets:
  - {name: a, host: h, department: d, repository: r, paths: [/x]}
  - {name: a, host: h, department: d, repository: r, paths: [x], at: 1}
  - {name: A_1, host: h, repository: r, paths: []}
"""


def test_a_host_gets_its_sets_and_a_group() -> None:
    found = backed_up(load_backups(REHEARSAL))

    assert found.groups == {"backed_up": ("database",)}
    sets = found.hosts["database"]["backup_sets"]
    assert isinstance(sets, list)
    assert [(each["name"], each["at"], each["keep_days"]) for each in sets if isinstance(each, dict)] == [
        ("office-database", "*-*-* 01:30:00", 30)
    ]


def test_an_estate_without_the_file_keeps_nothing(tmp_path: Path) -> None:
    assert load_backups(tmp_path) == ()
    assert backed_up(()).groups == {}


def test_a_host_of_two_inventories_has_the_variables_of_both() -> None:
    sets = backed_up(load_backups(REHEARSAL))

    both = joined(sets, sets)

    assert both == sets


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    tmp_path.joinpath("backup.yml").write_text(FAULTY)

    with pytest.raises(DeclarationError) as caught:
        load_backups(tmp_path)

    said = str(caught.value)
    for fault in (
        "backup.yml:3: 'a' is named before (backup.yml:2)",
        "backup.yml:3: 'x' does not begin with /",
        "backup.yml:3: at is 1; a text belongs here",
        "backup.yml:4: 'A_1' is no name of a set; use a-z, 0-9 and hyphens",
        "backup.yml:4: lacks 'department'",
    ):
        assert fault in said
