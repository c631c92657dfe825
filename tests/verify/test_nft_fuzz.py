"""Broken listings of nftables end in errors of our own or in doubts, never in a crash."""

from collections import Counter

import pytest
from nft_fuzz_rounds import CASES, fuzz_round

from qianyun.errors import ReadError
from qianyun.verify.nft_bytecode import read_nft_bytecode
from qianyun.verify.nft_text import read_nft

SEED, ROUNDS = 7, 150


def test_mutated_listings_are_refused_or_doubted_or_read() -> None:
    ended = Counter(fuzz_round(SEED * 1_000_000 + number) for number in range(ROUNDS))

    assert ended.keys() == {"refused", "doubted", "read"}


def test_a_listing_cut_anywhere_is_refused() -> None:
    listing = (CASES / "gateway.txt").read_text(encoding="utf-8")
    whole = len(listing.rstrip().removesuffix("}").rstrip())

    for end in range(1, whole):
        with pytest.raises(ReadError):
            read_nft_bytecode(listing[:end], "cut")


@pytest.mark.parametrize("priority", ["sometime", "filter + many", "filter filter", ""])
def test_a_priority_that_is_none_is_refused_with_its_line(priority: str) -> None:
    text = f"table inet fw {{\n chain a {{\n  type filter hook forward priority {priority}; policy drop;\n }}\n}}\n"

    with pytest.raises(ReadError) as caught:
        read_nft(text, "fw.nft")

    assert str(caught.value).startswith("fw.nft:3: ")
