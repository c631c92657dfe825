"""`qianyun collect flows read|listen` as a user meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collectors.reach.approval import sign
from collectors.reach.keys import SigningKey
from qianyun.cli.app import app
from qianyun.store import Store

RECORDINGS = Path(__file__).parent.parent / "recordings" / "flows"
CONNTRACK = (
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=10.0.0.100 sport=50000 dport=80 packets=5 bytes=500 "
    "src=10.0.1.7 dst=10.0.0.1 sport=8080 dport=61000 packets=4 bytes=1500 [ASSURED] mark=0 use=1\n"
    "ipv6     10 udp      17 29 src=2001:db8::2 dst=2001:db8::9 sport=40000 dport=514 packets=1 bytes=90 "
    "[UNREPLIED] src=2001:db8::9 dst=2001:db8::2 sport=514 dport=40000 packets=0 bytes=0 mark=0 use=1\n"
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANYUN_STORE", url)
    return url


def flows(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["collect", "flows", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_files_of_every_kind_are_read_together_and_kept(store: str, tmp_path: Path) -> None:
    table = tmp_path / "nf_conntrack"
    table.write_text(CONNTRACK)
    names = ("softflowd-v9", "pmacct-ipfix", "pmacct-sflow")

    told = flows("read", *(str(RECORDINGS / f"{name}.pcap") for name in names), str(table), "--format", "json")

    assert [(each["observer"], each["relations"]) for each in json.loads(told.stdout)] == [
        ("netflow@127.0.0.1", 3),
        ("ipfix@127.0.0.1", 3),
        ("sflow@127.0.0.1", 3),
        ("conntrack@nf_conntrack", 2),
    ]
    with Store.open(store) as opened:
        kept = opened.observed("flow.seen.")
    assert len({each.subject for each in kept}) == 5
    assert all(len(each.raw_sha256) == 64 and each.source for each in kept)


def test_a_dry_run_keeps_nothing(store: str) -> None:
    flows("read", str(RECORDINGS / "softflowd-v9.pcap"), "--dry-run")

    with Store.open(store) as opened:
        assert (opened.observed("flow."), opened.runs()) == ((), ())


def test_what_a_file_holds_beside_good_datagrams_is_told(tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    spoilt.write_bytes((RECORDINGS / "softflowd-v9.pcap").read_bytes().replace(b"\0\x09\0", b"\0\x63\0"))

    told = flows("read", str(spoilt), code=1)

    assert "datagrams refused (unknown version)" in told.stderr


def test_where_would_be_listened_stands_in_the_signed_manifest(tmp_path: Path) -> None:
    signer = SigningKey.make(tmp_path / "signer.key")
    (tmp_path / "trust.yml").write_text(
        f'manifest_signers:\n  - {{key: "{signer.public}", name: 采集签发}}\nagents: []\n'
    )
    (tmp_path / "collect.yml").write_text(
        "credentials: {}\nrooms:\n  - room: 甲机房\n    targets: []\n"
        '    flows: {listen: ["0.0.0.0:2055", "[::]:6343"], exporters: [{name: rt-01, address: 198.51.100.1}]}\n'
    )
    sign(tmp_path, signer, 30)

    told = flows("listen", str(tmp_path), "--dry-run", "--format", "json")

    assert json.loads(told.stdout) == [
        {"room": "甲机房", "name": "rt-01", "address": "198.51.100.1", "listen": "0.0.0.0:2055, [::]:6343"}
    ]
