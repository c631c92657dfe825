"""What tests share: real programs, root, and recordings kept beside the checkout.

A test that lacks one of them is skipped by its name; with `CI=true` it fails instead, so that
nothing is left out quietly.
"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from kernel_tally import KernelTally

from qianyun.words import language, speak

ROOT = Path(__file__).parent.parent
SYSTEM_PATH = "/usr/sbin:/sbin:/usr/local/sbin"

# The same examples on every run and no clock: a busy machine fails nothing; `make long` looks further.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# A shell that starts us in the background has us and our children ignore interrupts, which tests send to both.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _lack(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and with CI=true nothing may be skipped")
    pytest.skip(what)


@pytest.fixture(scope="session")
def needs() -> Callable[[str], str]:
    """`needs("nft")` gives the path of a program, or skips the test by the program's name."""

    def find(program: str) -> str:
        found = shutil.which(program) or shutil.which(program, path=SYSTEM_PATH)
        if found is None:
            _lack(f"the program {program} is not installed")
        return str(found)

    return find


@pytest.fixture(scope="session")
def root() -> None:
    """Skip where the user is not root: namespaces and packet filters need it."""
    if os.geteuid() != 0:
        _lack("root is needed")


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """`shared("snmp")` gives a folder of recordings beside the checkout; they are not ours to ship."""

    def find(name: str) -> Path:
        base = Path(os.environ.get("QIANYUN_SHARED", ROOT.parent / "shared"))
        if not (base / "data" / name).is_dir():
            _lack(f"the recordings {name} are not beside the checkout")
        return base / "data" / name

    return find


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Tests read messages in English, whatever the locale of the machine."""
    before = language()
    speak("en")
    yield
    speak(before)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the one process that sees all results
        config.pluginmanager.register(KernelTally())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite expectations that lie in files")


@pytest.fixture
def matches(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`matches(path, text)`: the file holds this text; `--update` writes it, and git shows the change."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
