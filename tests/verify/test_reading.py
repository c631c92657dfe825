"""Every language of a firewall comes to the same engine, and our own texts prove themselves there."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from qianyun.compile.cisco import render_asa, render_ios
from qianyun.compile.huawei import render_comware, render_usg, render_vrp
from qianyun.compile.nftables import render
from qianyun.errors import ReadError
from qianyun.importers.declaration import load_policy
from qianyun.policy.model import Policy
from qianyun.verify.acls.chained import ruleset_of
from qianyun.verify.acls.vendors import READERS, Vendor, vendor_of
from qianyun.verify.findings import Kind
from qianyun.verify.judging import verify
from qianyun.verify.reading import read_firewall
from worlds import TODAY

ROOT = Path(__file__).parent.parent.parent
RENDERED: dict[str, Callable[[Policy, date], str]] = {"nft": render, "asa": render_asa, "usg": render_usg}
STATELESS: dict[Vendor, Callable[[Policy, date], str]] = {
    Vendor.IOS: partial(render_ios, loose_replies=True),
    Vendor.VRP: partial(render_vrp, loose_replies=True),
    Vendor.COMWARE: partial(render_comware, loose_replies=True),
}


@pytest.fixture(scope="module")
def province() -> Policy:
    return load_policy(ROOT / "inventory/province")


@pytest.mark.parametrize("target", RENDERED)
def test_what_we_compile_for_devices_with_state_is_proved_without_a_finding(target: str, province: Policy) -> None:
    report = verify(province, read_firewall(RENDERED[target](province, TODAY), target), TODAY)

    assert report.findings == ()
    assert report.is_exact


def test_one_line_too_many_is_found_with_its_place(province: Policy) -> None:
    text = render_asa(province, TODAY)
    opened = text.replace(
        "access-list QIANYUN extended deny ip any any", "access-list QIANYUN extended permit tcp any any eq ssh"
    )
    line = opened.splitlines().index("access-list QIANYUN extended permit tcp any any eq ssh") + 1

    report = verify(province, read_firewall(opened, "asa"), TODAY)
    forbidden = [finding for finding in report.findings if finding.kind is Kind.FORBIDDEN]

    assert forbidden
    assert all(f"asa:{line}" in {cited.place for cited in finding.rules} for finding in forbidden)


def test_a_line_that_is_not_understood_keeps_the_verdict_open(province: Policy) -> None:
    text = render_usg(province, TODAY).replace("  action permit", "  telepathy on\n  action permit", 1)

    report = verify(province, read_firewall(text, "usg"), TODAY)

    assert not report.is_exact


@pytest.mark.parametrize("vendor", STATELESS)
def test_a_vendor_is_told_by_its_words(vendor: Vendor, province: Policy) -> None:
    text = STATELESS[vendor](province, TODAY)
    ruleset = read_firewall(text, "r1")

    assert vendor_of(text) is vendor
    assert set(ruleset.chains) == {"ip QIANYUN-V4", "ipv6 QIANYUN-V6"}
    assert not ruleset.tracks


def test_a_listing_of_ip6tables_is_told_by_its_addresses() -> None:
    text = "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 2001:db8::/32 -j ACCEPT\nCOMMIT\n"

    assert [chain.version for chain in read_firewall(text, "fw").chains.values()] == [6]


def test_a_text_of_no_language_and_a_filter_that_is_not_there_are_refused() -> None:
    with pytest.raises(ReadError, match=r"^fw: the text is neither nftables, nor iptables, nor"):
        read_firewall("hello\n", "fw")
    with pytest.raises(ReadError, match=r"^r1: there is no filter 'ip B'; there are ip 1"):
        ruleset_of(READERS[Vendor.IOS]("hostname r1\naccess-list 1 permit any\n", "x"), ["ip B"])


def test_a_listing_with_bytecode_is_read_as_the_kernel_runs_it() -> None:
    listing = (ROOT / "tests/cases/nft/gateway.txt").read_text(encoding="utf-8")

    firewall = read_firewall(listing, "gw")

    assert "inet f fw" in firewall.chains
    assert firewall.unread == ()
