"""Checks of the network as a whole: where packets go round, and where they end (N01, N02)."""

from collections.abc import Iterator

from qianyun.verify.checks.dossier import Dossier, Told
from qianyun.verify.checks.rulesets import found


def no_loop(dossier: Dossier) -> Iterator[Told]:
    """N01: boxes send no packet round in a circle."""
    return found(dossier, "N01")


def no_black_hole(dossier: Dossier) -> Iterator[Told]:
    """N02: no box is sent packets of a declared flow that it has no route for."""
    return found(dossier, "N02")
