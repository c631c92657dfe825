"""A manifest is asked only as somebody signed it who may."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from reach_keys import Keys

from collectors.reach.approval import approved, sign
from qianyun.errors import DeclarationError
from qianyun.importers.collect_file import load_manifest
from qianyun.importers.room_manifest import cut_manifest
from qianyun.importers.trust_file import load_trust

PROVINCE = Path(__file__).parent.parent.parent.parent / "inventory" / "province"
ROOM = "省大数据局中心机房"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE8vVTMzRSjrJ5pC5VNQAD8bVIZzwWHW3fKGd3rEKgp1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(PROVINCE / "collect.yml", tmp_path)
    (tmp_path / "known_hosts").write_text(f"10.16.0.3 {HOST_KEY}\n198.51.100.140 {HOST_KEY}\n")
    return tmp_path


def why(folder: Path, keys: Keys, now: datetime | None = None) -> str:
    with pytest.raises(DeclarationError) as caught:
        approved(folder, keys.trust(ROOM), now)
    return str(caught.value)


def test_a_signed_manifest_is_the_manifest(folder: Path, keys: Keys) -> None:
    sign(folder, keys.manifests, 30)

    assert approved(folder, keys.trust(ROOM)) == load_manifest(folder)


def test_an_unsigned_manifest_is_not_asked(folder: Path, keys: Keys) -> None:
    assert "collect.sig: the manifest is not signed; let somebody who answers for it sign it" in why(folder, keys)


@pytest.mark.parametrize("name", ["collect.yml", "known_hosts"])
def test_a_file_that_was_changed_after_it_was_signed_is_named(folder: Path, keys: Keys, name: str) -> None:
    sign(folder, keys.manifests, 30)
    path = folder / name
    path.write_text(path.read_text().replace("198.51.100.140", "198.51.100.141"))

    assert f"{name}: it was changed after it was signed" in why(folder, keys)


def test_host_keys_that_are_gone_are_named(folder: Path, keys: Keys) -> None:
    sign(folder, keys.manifests, 30)
    (folder / "known_hosts").unlink()

    assert "known_hosts: it was signed and is not there" in why(folder, keys)


def test_host_keys_that_were_enrolled_later_are_not_covered(folder: Path, keys: Keys) -> None:
    known = (folder / "known_hosts").read_text()
    (folder / "known_hosts").unlink()
    sign(folder, keys.manifests, 30)
    (folder / "known_hosts").write_text(known)

    assert "known_hosts: the signature does not cover it" in why(folder, keys)


def test_a_signer_who_may_not_is_told_with_those_who_may(folder: Path, keys: Keys) -> None:
    sign(folder, keys.stranger, 30)

    said = why(folder, keys)
    assert f"collect.sig: it is signed by {keys.stranger.public}, who may not sign manifests" in said
    assert "trust.yml names those who may: 采集签发" in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("valid_until: '2", "valid_until: '3"),
        ("# qianyun", "# Qianyun"),
        ("collect.yml: sha256:", "collect.yml: sha256:0"),
    ],
)
def test_a_word_changed_in_the_signature_makes_it_worthless(folder: Path, keys: Keys, before: str, after: str) -> None:
    path = sign(folder, keys.manifests, 30)
    path.write_text(path.read_text().replace(before, after))

    assert "collect.sig: the signature was altered and is worth nothing" in why(folder, keys)


def test_a_signature_ends(folder: Path, keys: Keys) -> None:
    sign(folder, keys.manifests, 30)

    assert "collect.sig: the signature ended on" in why(folder, keys, datetime.now(UTC) + timedelta(days=31))


def test_a_manifest_cut_to_one_room_holds_that_rooms_targets_credentials_and_keys_only(
    folder: Path, tmp_path: Path, keys: Keys
) -> None:
    out = tmp_path / "room"

    cut_manifest(folder, ROOM, out)
    sign(out, keys.manifests, 30)

    cut, whole = approved(out, keys.trust(ROOM)), load_manifest(folder)
    assert [room.room for room in cut.rooms] == [ROOM]
    assert [t.name for t in cut.targets] == [t.name for t in whole.targets if t.room == ROOM]
    assert cut.rooms[0].do_not_touch == whole.rooms[0].do_not_touch
    assert set(cut.credentials) == {t.credential for t in cut.targets}
    assert (out / "known_hosts").read_text() == f"10.16.0.3 {HOST_KEY}\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("manifest_signers: [{key: rsa, name: a}]", "trust.yml:1: key is 'rsa', which is no public key"),
        ("centre: age1x", "trust.yml:1: centre is 'age1x', which is no age recipient"),
        ("agents: [{rooms: [a]}]", "trust.yml:1: lacks 'key'"),
    ],
)
def test_a_trust_that_cannot_be_read_says_where(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "trust.yml").write_text(text)

    with pytest.raises(DeclarationError) as caught:
        load_trust(tmp_path / "trust.yml")

    assert fault in str(caught.value)
