"""What a side's broker is told: one JSON file, written from the declaration and laid beside its keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qianyun.errors import DeclarationError, Fault
from qianyun.policy.channels import (
    Channel,
    Column,
    ContentKind,
    Delivery,
    DeliveryKind,
    Mask,
    Side,
    Source,
    SourceKind,
    Treatment,
)
from qianyun.words import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One side.

    Attributes:
        home: The side's own folder: ledger, work, quarantine.
        ferry: The one folder that both sides see.
        keys: Folder of `signing.key`, `pseudonyms.key`, `other.pub`, `ssh.key`, `known_hosts`, `pgpass`.
        scanner: The malware scanner with its arguments; empty where there is none.
        keep_free_mib: Pulling rests when the ferry's disk has less.
        declaration: Digest of the declaration.
    """

    side: Side
    home: Path
    ferry: Path
    keys: Path
    channels: tuple[Channel, ...]
    scanner: tuple[str, ...] = ()
    keep_free_mib: int = 256
    declaration: str = ""

    @property
    def own(self) -> Path:
        """The ferry's half that this side alone writes."""
        return self.ferry / self.side

    @property
    def others(self) -> Path:
        """The ferry's half that this side only reads."""
        return self.ferry / self.side.other

    def begins(self) -> tuple[Channel, ...]:
        """Channels that this side pulls."""
        return tuple(channel for channel in self.channels if channel.begins_at is self.side)

    def ends(self) -> Mapping[str, Channel]:
        """Channels that this side delivers, by name."""
        return {channel.name: channel for channel in self.channels if channel.begins_at is not self.side}


def load_settings(path: Path) -> Settings:
    """Read a side's settings.

    Raises:
        DeclarationError: The file is not there, or is not what this program's version writes.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Settings(
            side=Side(said["side"]),
            home=Path(said["home"]),
            ferry=Path(said["ferry"]),
            keys=Path(said["keys"]),
            channels=tuple(channel_of(each) for each in said["channels"]),
            scanner=tuple(said.get("scanner", ())),
            keep_free_mib=said.get("keep_free_mib", 256),
            declaration=said.get("declaration", ""),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        why = _("cannot be read: {why}").format(why=error)
        raise DeclarationError(Fault(place=str(path), what=why)) from error


def channel_of(said: Mapping[str, Any]) -> Channel:
    """A channel as JSON has it, the way `dataclasses.asdict` writes it."""
    given = dict(said)
    return Channel(
        **{
            **given,
            "begins_at": Side(given["begins_at"]),
            "pull": Source(**{**given["pull"], "kind": SourceKind(given["pull"]["kind"])}),
            "deliver": Delivery(**{**given["deliver"], "kind": DeliveryKind(given["deliver"]["kind"])}),
            "content": ContentKind(given["content"]),
            "columns": tuple(Column(**each) for each in given.get("columns", ())),
            "masks": tuple(
                Mask(**{**each, "treatment": Treatment(each["treatment"])}) for each in given.get("masks", ())
            ),
            "flows": tuple(given.get("flows", ())),
        }
    )
