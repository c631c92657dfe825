"""Build hook: compile the catalogues of words, so that an installed Qianyun speaks Chinese."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogues(BuildHookInterface):  # type: ignore[type-arg] # the interface is generic over a config we do not have
    """Compile each `qianyun.po` beside itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Run before every build, editable ones too."""
        for source in sorted(Path(self.root, "qianyun", "locales").glob("*/LC_MESSAGES/*.po")):
            with source.open("rb") as stream, source.with_suffix(".mo").open("wb") as target:
                write_mo(target, read_po(stream))
