"""Configurations of access lists, whoever made the device: lists by key, where they stand, policies beside them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from qianyun.verify.acls.filters import Binding, Configuration, Filter
from qianyun.verify.acls.texts import Head, Text, uncollected

L = TypeVar("L")


class Lists(Text, ABC, Generic[L]):
    """A configuration while it is read.

    Attributes:
        lists: By family and name, as they are read; their lines get a meaning once everything is known.
        aliases: Other keys of lists.
        zones: Interfaces of each security zone, where the device has zones.
    """

    def __init__(self, text: str, name: str) -> None:
        """Nothing is read yet."""
        super().__init__(text, name)
        self.lists: dict[str, L] = {}
        self.aliases: dict[str, str] = {}
        self.bindings: list[Binding] = []
        self.zones: dict[str, tuple[str, ...]] = {}

    @abstractmethod
    def heads(self) -> dict[str, Head]:
        """First words of blocks."""

    @abstractmethod
    def filter(self, found: L) -> Filter:
        """What a list means, once all objects are known."""

    def others(self) -> Mapping[str, Filter]:
        """Filters that are no access lists."""
        return {}

    @uncollected
    def configuration(self) -> Configuration:
        """Everything, once all lines have been led to their blocks.

        Raises:
            ReadError: The text holds what no configuration holds.
        """
        self.read(self.heads())
        filters = {key: self.filter(each) for key, each in self.lists.items()} | dict(self.others())
        bindings = (replace(each, filter=self.aliases.get(each.filter, each.filter)) for each in self.bindings)
        return Configuration(
            name=self.hostname,
            filters=filters,
            bindings=tuple(bindings),
            unread=(*self.unread, *(line for each in filters.values() for line in each.unread)),
            zones=self.zones,
        )
