"""Exit codes of every command."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FINDINGS = 1
    """Violations, infeasible, changes pending."""
    WRONG_INPUT = 2
    UNREACHABLE = 3
    """Some devices do not answer."""
    INTERRUPTED = 130
