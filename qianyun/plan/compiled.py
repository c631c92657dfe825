"""The one door to numba: functions that are compiled to machine code when first called.

The result is kept beside the source, so that a machine compiles once. Where nothing may be
written there, each process compiles for itself. To compile little, whole numbers in the tables are
all of one width, a flag is two functions, and what only compiled code calls has no other door.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function over arrays and numbers; it runs without the interpreter's lock."""
    return _compiled(function, is_inner=False)


def inner(function: Function) -> Function:
    """Likewise one that only compiled functions call."""
    return _compiled(function, is_inner=True)


def _compiled(function: Function, *, is_inner: bool) -> Function:
    jit: Callable[..., Callable[[Function], Function]] = numba.njit  # its types do not know all its options
    # every array is the caller's: counting references to them took nine tenths of the time
    doors = {"_nrt": False, "nogil": True, "no_cfunc_wrapper": True, "no_cpython_wrapper": is_inner}
    try:
        return jit(cache=True, **doors)(function)
    except RuntimeError:  # nowhere to keep it
        return jit(**doors)(function)
