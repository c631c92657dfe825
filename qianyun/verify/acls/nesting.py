"""Groups that hold groups: each worked out once, and circles found."""

from collections.abc import Callable
from typing import Generic, TypeVar

from qianyun.verify.acls.statements import NotUnderstoodError
from qianyun.words import _

MOST_NESTED = 32
T = TypeVar("T")


class Nested(Generic[T]):
    """What groups come to, by name and family."""

    def __init__(self, work: Callable[[str, int], T]) -> None:
        """`work` says what one group comes to, and asks here for the groups inside it."""
        self._work = work
        self._known: dict[tuple[str, int], T] = {}
        self._open: list[tuple[str, int]] = []

    def __call__(self, name: str, version: int = 0) -> T:
        """What a group comes to.

        Raises:
            NotUnderstoodError: It holds itself, is nested too deep, or `work` does not understand it.
        """
        key = name, version
        if key in self._known:
            return self._known[key]
        if key in self._open:
            raise NotUnderstoodError(_("the group {name!r} holds itself").format(name=name))
        if len(self._open) > MOST_NESTED:
            raise NotUnderstoodError(_("the group {name!r} is nested too deep").format(name=name))
        self._open.append(key)
        try:
            result = self._known[key] = self._work(name, version)
        finally:
            self._open.pop()
        return result
