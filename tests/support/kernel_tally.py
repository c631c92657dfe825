"""What all tests against the kernel did in one run of pytest, whichever process ran them: one table, one sum.

A test that asks the kernel tells its share by `share(record_property, …)`; the process that collects all results
prints the table, and lets the run fail where every language was asked, but for too few frames.
"""

import json
from collections.abc import Callable

import pytest
from kernel_coverage import Coverage, table

PROPERTY = "kernel"
LANGUAGES = (
    "nftables, stateless", "nftables, states", "nftables, translation", "nftables, routes", "nftables, bridge",
    "iptables", "iptables, translation", "iptables, routes",
)  # fmt: skip
LEAST = 200_000
"""Frames that one run must put to the kernel."""


def share(record: Callable[[str, object], None], language: str, coverage: Coverage, frames: int) -> None:
    """One test's part; `record` is pytest's `record_property`."""
    record(PROPERTY, json.dumps({"language": language, "frames": frames, "constructs": coverage.as_json()}))


class KernelTally:
    """A plug-in of the process that collects the results."""

    def __init__(self) -> None:
        """Nothing has run yet."""
        self.frames: dict[str, int] = {}
        self.constructs: dict[str, dict[str, list[int]]] = {}

    @property
    def total(self) -> int:
        """All frames whose verdict was compared."""
        return sum(self.frames.values())

    @property
    def falls_short(self) -> bool:
        """Every language was asked, and still there were too few frames."""
        return set(LANGUAGES) <= self.frames.keys() and self.total < LEAST

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the share of a test that has run."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == PROPERTY:
                told = json.loads(str(value))
                self.frames[told["language"]] = told["frames"]
                self.constructs[told["language"]] = told["constructs"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, where any of these tests ran."""
        if not self.frames:
            return
        terminalreporter.section("asked the kernel")
        terminalreporter.write_line(table(self.constructs))
        for language, frames in sorted(self.frames.items()):
            terminalreporter.write_line(f"{language}: {frames:,} frames")
        terminalreporter.write_line(f"all: {self.total:,} frames; at least {LEAST:,} are asked for")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that asked too little."""
        if self.falls_short:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
