"""Parcels: what was packed comes out, and nothing that was touched on the way does."""

import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reach_keys import Keys

from collectors.reach import parcel as parcels
from collectors.reach.intake import ingest, take_in
from collectors.reach.keys import OpeningKey, SigningKey, seal
from collectors.reach.letters import Letter
from collectors.reach.parcel import MAGIC, pack, unpack
from qianyun.errors import ReadError, StoreError
from qianyun.estate.trust import Trust
from qianyun.store import Store

ROOM = "甲机房"
ONE: dict[str, object] = {
    "name": f"run/{ROOM}/sw-1/0",
    "run": "run",
    "began_at": "2026-01-01T00:00:00+00:00",
    "room": ROOM,
    "observations": [["serial:a/1", "device.model", "S1", "1.3", "0", "2026-01-01T00:00:00+00:00"]],
}


@pytest.fixture
def trust(keys: Keys) -> Trust:
    return keys.trust(ROOM)


@pytest.fixture
def packed(letters: list[Letter], keys: Keys) -> bytes:
    return pack(ROOM, letters, keys.agent, keys.centre.public, letters[0].run.began_at)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path}/store.db", create=True)


def why(octets: bytes, trust: Trust, key: OpeningKey) -> str:
    with pytest.raises(ReadError) as caught:
        unpack(octets, trust, key, "x.parcel")
    return str(caught.value)


def test_letters_come_out_as_they_were_packed(packed: bytes, letters: list[Letter], trust: Trust, keys: Keys) -> None:
    opened = unpack(packed, trust, keys.centre, "x.parcel")

    assert list(opened.letters) == letters
    assert (opened.room, opened.signer) == (ROOM, keys.agent.public)


def test_a_parcel_shows_nothing_of_its_letters(packed: bytes) -> None:
    assert b"GE0/0/1" not in packed
    assert b"serial:" not in packed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(data=st.data())
def test_a_changed_byte_is_refused_wherever_it_is(packed: bytes, trust: Trust, keys: Keys, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(packed) - 1))
    changed = bytearray(packed)
    changed[at] ^= data.draw(st.integers(1, 255))

    with pytest.raises(ReadError):
        unpack(bytes(changed), trust, keys.centre, "x.parcel")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(data=st.data())
def test_a_parcel_that_is_cut_off_says_so(packed: bytes, trust: Trust, keys: Keys, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(packed) - 1))

    assert "x.parcel: it is cut off" in why(packed[:size], trust, keys.centre)


def test_a_byte_changed_in_what_is_sealed_is_told_as_a_change(packed: bytes, trust: Trust, keys: Keys) -> None:
    changed = packed[:-1] + bytes([packed[-1] ^ 1])

    assert why(changed, trust, keys.centre) == (
        "x.parcel: it was changed on its way: the signature does not fit; "
        "nothing of it was taken in; fetch it again from where it was made"
    )


def test_something_behind_the_end_is_refused(packed: bytes, trust: Trust, keys: Keys) -> None:
    assert "something was put behind its end" in why(packed + b"\0", trust, keys.centre)


def test_a_signer_whom_nobody_named_is_refused(letters: list[Letter], trust: Trust, keys: Keys) -> None:
    octets = pack(ROOM, letters, keys.stranger, keys.centre.public, letters[0].run.began_at)

    assert f"it is signed by {keys.stranger.public}, whom trust.yml does not name" in why(octets, trust, keys.centre)


def test_a_stranger_who_takes_the_agents_name_is_refused(letters: list[Letter], trust: Trust, keys: Keys) -> None:
    class Pretender(SigningKey):
        def __init__(self) -> None:
            self.public = keys.agent.public

        def sign(self, content: bytes) -> bytes:
            return keys.stranger.sign(content)

    octets = pack(ROOM, letters, Pretender(), keys.centre.public, letters[0].run.began_at)

    assert "the signature does not fit" in why(octets, trust, keys.centre)


def test_an_agent_speaks_for_its_own_rooms_only(keys: Keys, packed: bytes) -> None:
    elsewhere = keys.trust("乙机房")

    assert "may speak for 乙机房, not for 甲机房" in why(packed, elsewhere, keys.centre)


def test_a_letter_of_another_room_does_not_hide_in_a_parcel(letters: list[Letter], trust: Trust, keys: Keys) -> None:
    observed = letters[0].observations[0]
    strange = replace(letters[0], observations=(replace(observed, attribute="device.room", value="乙机房"),))
    octets = pack(ROOM, [strange], keys.agent, keys.centre.public, letters[0].run.began_at)

    assert "a letter of 乙机房" in why(octets, trust, keys.centre)


def test_what_was_sealed_for_somebody_else_is_refused(
    letters: list[Letter], trust: Trust, keys: Keys, tmp_path: Path
) -> None:
    other = OpeningKey.make(tmp_path / "other")
    octets = pack(ROOM, letters, keys.agent, other.public, letters[0].run.began_at)

    assert f"it was sealed for somebody else than {keys.centre.public}" in why(octets, trust, keys.centre)


def test_a_parcel_that_unfolds_without_end_is_refused(
    trust: Trust, keys: Keys, monkeypatch: pytest.MonkeyPatch, packed: bytes
) -> None:
    monkeypatch.setattr(parcels, "LARGEST", 100)

    assert "it unfolds to more than 100 octets" in why(packed, trust, keys.centre)


def signed(content: bytes, keys: Keys, **changes: object) -> bytes:
    """A parcel of the agent's with anything in it."""
    sealed = seal(zlib.compress(content), keys.centre.public)
    heading = {"id": "1", "letters": 1, "made_at": "2026-01-01T00:00:00+00:00", "room": ROOM, "sealed": len(sealed)}
    head = MAGIC + json.dumps(heading | {"signer": keys.agent.public} | changes).encode() + b"\n"
    return head + keys.agent.sign(head + sealed) + sealed


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(changes=st.dictionaries(st.sampled_from(sorted(ONE)), VALUES, max_size=3))
def test_whatever_a_known_agent_packs_is_a_letter_or_refused(
    trust: Trust, keys: Keys, changes: dict[str, object]
) -> None:
    octets = signed(json.dumps([ONE | changes]).encode(), keys)

    try:
        opened = unpack(octets, trust, keys.centre, "x")
    except ReadError:
        return
    assert [each.room for each in opened.letters] == [ROOM]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xff", b"[[]]", b"[1e999]", b'{"a": 1}', b""])
def test_nonsense_of_a_known_agent_is_refused(content: bytes, trust: Trust, keys: Keys) -> None:
    assert "what is in it is not in our form" in why(signed(content, keys), trust, keys.centre)


def test_a_parcel_without_a_letter_is_refused(trust: Trust, keys: Keys) -> None:
    assert "it holds 0 letters, its heading says 0" in why(signed(b"[]", keys, letters=0), trust, keys.centre)


def test_a_heading_that_nests_without_end_is_refused(packed: bytes, trust: Trust, keys: Keys) -> None:
    octets = MAGIC + b"[" * 4000 + b"\n" + packed[-200:]

    assert "its heading was changed on its way" in why(octets, trust, keys.centre)


def test_a_file_that_is_none_of_ours_is_refused(trust: Trust, keys: Keys) -> None:
    assert "it is no parcel of ours" in why(json.dumps({"a": 1}).encode(), trust, keys.centre)


def test_a_bundle_goes_into_the_store_with_its_run_and_its_reasons(
    packed: bytes, trust: Trust, keys: Keys, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "x.parcel"
    path.write_bytes(packed)

    taken = ingest(path, trust, keys.centre, store)

    assert (taken.room, taken.letters, taken.known, taken.observations) == (ROOM, 4, 0, 3)
    [run] = store.runs()
    assert run.ended_at is not None
    assert dict(run.summary) == {"found": 3, "silent": 1, "room": ROOM, "reasons": [["sw-9", "silent", "no answer"]]}
    assert len(store.latest()) == 3


def test_a_bundle_that_comes_again_is_refused_with_the_day_it_came_first(
    packed: bytes, trust: Trust, keys: Keys, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "x.parcel"
    path.write_bytes(packed)
    ingest(path, trust, keys.centre, store)

    with pytest.raises(ReadError, match=r"x\.parcel: it was taken in on \d{4}-\d\d-\d\d .*; a bundle is taken in once"):
        ingest(path, trust, keys.centre, store)


def test_a_run_that_was_packed_twice_is_kept_once(
    letters: list[Letter], trust: Trust, keys: Keys, store: Store
) -> None:
    def packed_again() -> bytes:
        return pack(ROOM, letters, keys.agent, keys.centre.public, letters[0].run.began_at)

    first, second = (take_in(store, unpack(packed_again(), trust, keys.centre, "x"), "agent") for _ in range(2))

    assert (first.letters, first.known) == (4, 0)
    assert (second.letters, second.known) == (0, 4)


def test_a_bundle_that_contradicts_itself_leaves_nothing_behind(
    letters: list[Letter], trust: Trust, keys: Keys, store: Store, tmp_path: Path
) -> None:
    other = replace(
        letters[0],
        name=letters[0].name.replace("sw-0", "sw-7"),
        observations=(replace(letters[0].observations[0], value="another"),),
    )
    path = tmp_path / "x.parcel"
    path.write_bytes(pack(ROOM, [*letters, other], keys.agent, keys.centre.public, letters[0].run.began_at))

    with pytest.raises(StoreError, match="now brings"):
        ingest(path, trust, keys.centre, store)

    assert store.latest() == ()
    assert store.runs() == ()
