from ipaddress import IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qianyun.policy.reverse import reverse_names


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("3fff::/20", ["0.f.f.f.3.ip6.arpa"]),
        ("2001:db8:0:100::/56", ["1.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("2001:db8::/31", ["8.b.d.0.1.0.0.2.ip6.arpa", "9.b.d.0.1.0.0.2.ip6.arpa"]),
        ("10.0.0.0/8", ["10.in-addr.arpa"]),
        ("10.20.0.0/15", ["20.10.in-addr.arpa", "21.10.in-addr.arpa"]),
        ("192.0.2.64/26", ["64-127.2.0.192.in-addr.arpa"]),
        ("192.0.2.7/32", ["7.2.0.192.in-addr.arpa"]),
    ],
)
def test_a_prefix_has_the_zones_that_hold_it_and_nothing_else(prefix: str, names: list[str]) -> None:
    assert list(reverse_names(ip_network(prefix))) == names


@given(st.integers(0, (1 << 56) - 1))
def test_the_name_of_an_address_lies_in_its_zone(upper: int) -> None:
    prefix = IPv6Network((upper << 72, 56))

    [name] = reverse_names(prefix)

    assert prefix[77].reverse_pointer.endswith(f".{name}")
