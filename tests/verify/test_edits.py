"""Single edits of compiled rulesets: each that changes the meaning is found, each that does not is not."""

import random
from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from nft_edits import differ, edited

from qianyun.compile.nftables import render
from qianyun.policy.model import Policy
from qianyun.verify.judging import Judgement
from qianyun.verify.nft_text import read_nft
from worlds import TODAY, policies

seen: Counter[bool] = Counter()


@settings(max_examples=30, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(policies(most=3), st.integers(0, 10**6))
def test_an_edit_is_found_if_and_only_if_it_changes_what_may_be_opened(policy: Policy, seed: int) -> None:
    text = render(policy, TODAY)
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice

    for _number in range(10):
        other = edited(text, chance)
        judged = Judgement(policy, read_nft(other, "edited.nft"), TODAY)
        found = bool(judged.leak) or any(judged.lacking())
        changed = differ(text, other)
        seen[changed] += 1
        assert found == changed, other
