"""`qianyun network`: what nodes get, on stdout; what is wrong, with the names that would be right."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qianyun.cli.app import app
from qianyun.errors import DeclarationError

ROOT = Path(__file__).parent.parent.parent
REHEARSAL, PROVINCE = str(ROOT / "inventory/rehearsal"), str(ROOT / "inventory/province")


def test_network_show_lists_every_node_with_its_role_and_neighbours() -> None:
    done = CliRunner().invoke(app, ["network", "show", "--estate", REHEARSAL, "--format", "json"])

    rows = {row["node"]: row for row in json.loads(done.stdout)}
    assert (rows["gw-egress-1"]["role"], rows["gw-egress-1"]["peers"]) == ("egress", "电信一")
    assert (rows["gw-extranet"]["role"], rows["gw-extranet"]["peers"]) == ("extranet", "office-c")
    assert all(row["files"] > 2 for row in rows.values())


@pytest.mark.parametrize(
    ("estate", "told"),
    [(REHEARSAL, "'gw-9' is no node of the network; declared are gw-egress-1"), (PROVINCE, "there is no such file")],
)
def test_what_nobody_declared_is_refused_by_name(estate: str, told: str) -> None:
    done = CliRunner().invoke(app, ["network", "compile", "gw-9", "--estate", estate])

    assert isinstance(done.exception, DeclarationError)
    assert told in str(done.exception)
