"""Keys of one estate, for tests."""

from dataclasses import dataclass

from collectors.reach.keys import OpeningKey, SigningKey
from qianyun.estate.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Keys of one estate."""

    manifests: SigningKey
    agent: SigningKey
    stranger: SigningKey
    centre: OpeningKey

    def trust(self, room: str) -> Trust:
        """Who may do what; the stranger nothing."""
        return Trust(
            manifest_signers={self.manifests.public: "采集签发"},
            agents={self.agent.public: frozenset({room})},
            centre=self.centre.public,
            source="trust.yml",
        )
