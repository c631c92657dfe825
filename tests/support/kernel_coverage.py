"""How often each construct of a language was put to the kernel: in how many rules, and before how many frames."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Coverage:
    """Counts of one run.

    Attributes:
        rules: Places in loaded rulesets where a construct stands.
        frames: Frames that the kernel led through rulesets where it stands, each with the verdict compared.
    """

    rules: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)

    def note(self, constructs: Mapping[str, int], frames: int) -> None:
        """One ruleset and its frames."""
        self.rules.update(constructs)
        self.frames.update(dict.fromkeys((name for name, count in constructs.items() if count), frames))

    def missing(self, constructs: Collection[str]) -> list[str]:
        """Those of some constructs that no frame met."""
        return sorted(name for name in constructs if not self.rules[name] or not self.frames[name])

    def as_json(self) -> dict[str, list[int]]:
        """Both counts by construct."""
        return {name: [self.rules[name], self.frames[name]] for name in sorted(self.rules)}


def table(parts: Mapping[str, Mapping[str, list[int]]]) -> str:
    """The coverage of several languages as lines: construct, rules, frames."""
    lines = [f"{'language and construct':48}{'rules':>10}{'frames':>12}"]
    for language, counts in parts.items():
        lines += [f"{f'{language}: {name}':48}{rules:10,}{frames:12,}" for name, (rules, frames) in counts.items()]
    return "\n".join(lines)
