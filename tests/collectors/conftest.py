"""What tests of collectors share: targets, runs, and recordings asked by our own collector."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from collectors import snmp
from collectors.agents.recording import Recording, Replay, load
from collectors.asking import Conversation
from collectors.journal import FileJournal
from collectors.outcome import Outcome, Run
from qianyun.estate.targets import Profile, Target, Transport

Rows = list[dict[str, object]]
RUN = Run(id="run", began_at=datetime(2026, 1, 1, tzinfo=UTC))


def _target(name: str = "device", transport: str = "snmp", profile: str = "linux", port: int = 161) -> Target:
    return Target(
        name=name,
        room="机房",
        address="127.0.0.1",
        port=port,
        transport=Transport(transport),
        credential="credential",
        profile=Profile(profile),
    )


_load = cache(load)


@cache
def _replay(path: Path) -> Outcome:
    return asyncio.run(snmp.collect(_target(path.stem), Conversation(Replay(_load(path))), RUN))


@cache
def _expected(path: Path) -> Mapping[str, Rows]:
    file = path.parent / "expected" / f"{path.stem}.json"
    if not file.is_file():
        return {}
    modules = cast("dict[str, dict[str, object]]", json.loads(file.read_text()))
    tables: dict[str, Rows] = {}
    for module in modules.values():
        for stage in ("discovery", "poller"):
            found = module.get(stage)
            tables |= cast("dict[str, Rows]", found) if isinstance(found, dict) else {}
    return tables


@pytest.fixture
def target() -> Callable[..., Target]:
    """`target("name", port=…)`: a target on loopback."""
    return _target


@pytest.fixture
def run() -> Run:
    """A run that observations can name."""
    return RUN


@pytest.fixture
def replayed() -> Callable[[Path], Outcome]:
    """`replayed(path)`: what our collector gets out of a recording; each is asked once."""
    return _replay


@pytest.fixture
def recorded() -> Callable[[Path], Recording]:
    """`recorded(path)`: a recording; each is read once."""
    return _load


@pytest.fixture
def expected() -> Callable[[Path], Mapping[str, Rows]]:
    """`expected(path)`: what another project expects of a recording, by table; empty where it says nothing."""
    return _expected


@contextmanager
def _killed(path: Path) -> Iterator[FileJournal]:
    journal = FileJournal(path, "killed", "manifest", resume=False)
    with suppress(KeyboardInterrupt), journal:
        yield journal
        raise KeyboardInterrupt


@pytest.fixture
def killed() -> Callable[[Path], AbstractContextManager[FileJournal]]:
    """`with killed(path) as journal`: the journal of a run that is killed at the end of the block."""
    return _killed
