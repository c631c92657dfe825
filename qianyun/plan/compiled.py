"""The one door to numba: functions that are compiled to machine code when first called.

The result is kept beside the source, so that a machine compiles once. Where nothing may be
written there, each process compiles for itself.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function over arrays and numbers; it runs without the interpreter's lock."""
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[return-value] # called like the function
    except RuntimeError:  # nowhere to keep it
        return numba.njit(nogil=True)(function)  # type: ignore[return-value] # likewise
