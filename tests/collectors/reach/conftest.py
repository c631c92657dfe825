"""What tests of reaching rooms share: keys, whom they trust, and letters of a rehearsed run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from reach_keys import Keys

from collectors.agents.province import Devices, answering
from collectors.outcome import Run
from collectors.reach.keys import OpeningKey, SigningKey
from collectors.reach.letters import Letter, last_letter
from qianyun.estate.observation import Observation
from qianyun.importers.collect_file import load_manifest

PROVINCE = Path(__file__).parent.parent.parent.parent / "inventory" / "province"
RUN = Run(id="20260101T000000Z-abcdef", began_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("keys")
    return Keys(
        manifests=SigningKey.make(folder / "manifests"),
        agent=SigningKey.make(folder / "agent"),
        stranger=SigningKey.make(folder / "stranger"),
        centre=OpeningKey.make(folder / "centre"),
    )


@pytest.fixture(scope="session")
def devices() -> Iterator[Devices]:
    """The sample devices, answering."""
    with answering(load_manifest(PROVINCE)) as running:
        yield running


def _letters(room: str = "甲机房", count: int = 3) -> list[Letter]:
    letters = [
        Letter(
            name=f"{RUN.id}/{room}/sw-{number}/0",
            run=RUN,
            room=room,
            observations=(
                Observation(
                    subject=f"serial:Huawei/{number}",
                    attribute="interface.1",
                    value=("GE0/0/1", None, 1500, True, 2.5),
                    source="1.3.6.1",
                    raw_sha256="0" * 64,
                    seen_at=RUN.began_at,
                    run=RUN.id,
                ),
            ),
        )
        for number in range(count)
    ]
    return [*letters, last_letter(RUN, room, {"found": count, "silent": 1}, (("sw-9", "silent", "no answer"),))]


@pytest.fixture
def letters() -> list[Letter]:
    """Letters of a small run in 甲机房, with its end."""
    return _letters()
