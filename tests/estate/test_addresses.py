"""Where declared addresses and those seen on devices disagree."""

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from qianyun.estate.addresses import AddressState, address_differences
from qianyun.estate.estate import Estate
from qianyun.estate.facts import Address, Server, System
from qianyun.estate.observation import Observation

FEW: list[Address] = [*(IPv4Address(f"10.0.0.{number}") for number in range(4)), IPv6Address("2001:db8::1")]


def seen(name: str) -> Observation:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Observation(
        subject="device-7", attribute=name, value=24, source="1.3.6", raw_sha256="0" * 64, seen_at=at, run="r1"
    )


@given(st.sets(st.sampled_from(FEW)), st.sets(st.sampled_from(FEW)))
def test_the_two_lists_are_the_two_set_differences(declared: set[Address], held: set[Address]) -> None:
    server = Server(department="卫健委", system="信息平台", name="app-1", addresses=tuple(sorted(declared, key=int)))

    found = address_differences(Estate(servers=(server,)), [seen(f"address.{address}") for address in held])

    by_state = {state: {each.address for each in found if each.state is state} for state in AddressState}
    assert by_state == {AddressState.UNDECLARED: held - declared, AddressState.UNSEEN: declared - held}


def test_loopback_link_local_and_other_attributes_are_nobodys() -> None:
    names = ("address.127.0.0.1", "address.::1", "address.fe80::7", "address.0.0.0.0", "address.eth0", "device.model")

    assert address_differences(Estate(), map(seen, names)) == ()


def test_a_servers_word_goes_before_its_systems() -> None:
    address = IPv4Address("10.0.0.1")
    system = System(department="卫健委", name="信息平台", addresses=(address,))
    server = Server(department="卫健委", system="信息平台", name="app-1", addresses=(address,))

    [found] = address_differences(Estate(systems=(system,), servers=(server,)), [])

    assert found.holder == "卫健委/信息平台/app-1"
