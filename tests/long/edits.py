"""Single edits of compiled rulesets of random policies, thousands of them."""

import random
from collections import Counter

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from nft_edits import differ, edited

from qianyun.compile.nftables import render
from qianyun.policy.model import Policy
from qianyun.verify.judging import Judgement
from qianyun.verify.nft_text import read_nft
from worlds import TODAY, policies

EACH = 10


def run(seed_: int, count: int | None) -> None:
    """Edit `count` policies ten times each; every change of meaning must be found, and nothing else."""
    seen: Counter[bool] = Counter()
    policies_tried = count or 200

    @seed(seed_)
    @settings(
        max_examples=policies_tried, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(policies(), st.integers(0, 10**9))
    def each(policy: Policy, number: int) -> None:
        text = render(policy, TODAY)
        chance = random.Random(number)  # noqa: S311 - a repeatable choice
        for _edit in range(EACH):
            other = edited(text, chance)
            judged = Judgement(policy, read_nft(other, "edited.nft"), TODAY)
            changed = differ(text, other)
            seen[changed] += 1
            if (bool(judged.leak) or any(judged.lacking())) != changed:
                raise AssertionError(f"changed: {changed}\n{other}")

    each()
    print(f"{sum(seen.values())} edits, {seen[True]} of which change what may be opened; all judged rightly")
