"""`aliases.yml`: other names, each leading to one."""

from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.importers.aliases_file import load_aliases
from qianyun.importers.register import Aliases


def test_aliases_are_read_by_kind_and_folded(tmp_path: Path) -> None:
    (tmp_path / "aliases.yml").write_text(
        "departments:\n  某省公安厅: [公安厅, 省　厅]\nsystems:\n  某省公安厅:\n    户籍系统: [老户籍]\n",
        encoding="utf-8",
    )

    assert load_aliases(tmp_path) == Aliases(
        departments={"公安厅": "某省公安厅", "省厅": "某省公安厅"}, systems={("某省公安厅", "老户籍"): "户籍系统"}
    )


def test_an_estate_without_aliases_has_none(tmp_path: Path) -> None:
    assert load_aliases(tmp_path) == Aliases()


def test_an_alias_of_two_names_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "aliases.yml").write_text("rooms:\n  甲机房: [一号]\n  乙机房:\n    - 一号\n", encoding="utf-8")

    with pytest.raises(DeclarationError) as caught:
        load_aliases(tmp_path)

    assert str(caught.value) == "aliases.yml:4: '一号' stands for '甲机房' already; an alias leads to one name"
