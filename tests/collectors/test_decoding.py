from ipaddress import ip_address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors.ber import IP_ADDRESS, OCTETS, Varbind
from collectors.decoding import address_of, decode_text, mac_of, number_of, prefix_length

CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
PERSON = st.text(CHINESE, min_size=1, max_size=40)


def octets(value: bytes) -> Varbind:
    return Varbind(b"\x2b", OCTETS, value)


def looks_like_utf8(octets: bytes) -> bool:
    for cut in range(4):
        try:
            octets[: len(octets) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


@given(PERSON)
def test_a_chinese_name_reads_the_same_in_utf8_and_in_gb18030(name: str) -> None:
    gb = name.encode("gb18030")
    assume(not looks_like_utf8(gb))

    assert decode_text(name.encode()) == name
    assert decode_text(gb + b"\0") == name


def test_one_character_of_gb18030_is_not_taken_for_the_beginning_of_one_of_utf8() -> None:
    assert decode_text("窬".encode("gb18030")) == "窬"


@given(st.text(CHINESE, min_size=2, max_size=40), st.integers(1, 2))
def test_a_name_cut_inside_its_last_character_loses_that_character_only(name: str, cut: int) -> None:
    assert decode_text(name.encode()[:-cut]) == name[:-1]


def test_bytes_in_no_known_encoding_are_shown_and_not_lost() -> None:
    assert decode_text(b"core\xff\xfe1") == "coreÿþ1"


@pytest.mark.parametrize(
    ("raw", "mac"),
    [
        (bytes.fromhex("001a2b000101"), "00:1a:2b:00:01:01"),
        (b"00-1A-2B-00-01-01", "00:1a:2b:00:01:01"),
        (b"001a.2b00.0101", "00:1a:2b:00:01:01"),
        (bytes(6), None),
        (b"", None),
        (b"Eth1/1", "45:74:68:31:2f:31"),
    ],
)
def test_a_mac_is_read_from_bytes_and_from_the_ways_people_write_it(raw: bytes, mac: str | None) -> None:
    assert mac_of(octets(raw)) == mac


def test_addresses_are_read_from_the_smi_type_from_bytes_and_from_text() -> None:
    assert address_of(Varbind(b"", IP_ADDRESS, b"\xc6\x33\x64\x0b")) == ip_address("198.51.100.11")
    assert address_of(octets(ip_address("3fff::1").packed)) == ip_address("3fff::1")
    assert address_of(octets(b"198.51.100.11")) == ip_address("198.51.100.11")
    assert address_of(octets(b"no address")) is None


def test_a_mask_with_holes_has_no_prefix_length() -> None:
    assert prefix_length(Varbind(b"", IP_ADDRESS, b"\xff\xff\xfc\x00")) == 22
    assert prefix_length(Varbind(b"", IP_ADDRESS, b"\xff\x00\xff\x00")) is None


def test_a_number_written_as_text_is_a_number() -> None:
    assert number_of(octets(b" 42 ")) == 42
    assert number_of(octets(b"n/a")) is None
