"""Devices as a collector would have seen them, written short; and a small world of two gateways that is content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_interface

from dossiers import ON, POLICY

from qianyun.compile.nftables import render
from qianyun.policy.gateways import Gateway
from qianyun.verify.network.devices import Device
from qianyun.verify.network.surveying import Survey, survey

RULES = render(POLICY, ON)
PASSES_ALL = "table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy accept;\n\t}\n}\n"
FORWARDS = "net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1\n"


def linux(name: str, ports: Mapping[str, Sequence[str]], routes: Sequence[str] = (), **texts: str) -> Device:
    """A Linux host; `routes` of both families as `ip route` shows them, `texts` by section."""
    owned = [(ip_interface(text), port) for port, addresses in ports.items() for text in addresses]
    seen = {f"address.{own.ip}": (own.network.prefixlen, port) for own, port in owned}
    by_family = {"routes": [r for r in routes if ":" not in r], "routes-v6": [r for r in routes if ":" in r]}
    sections = {"sysctls": FORWARDS, "nft": RULES, **{key: "\n".join(each) for key, each in by_family.items()}}
    sections |= {key.replace("_", "-"): text for key, text in texts.items()}
    told = {f"text.{section}": text for section, text in sections.items() if text}
    attributes = {"device.kernel": "Linux", "device.target": name, **seen, **told}
    return Device(name=name, called=frozenset({name}), attributes=attributes)


EDGE = linux(
    "edge",
    {
        "up": ["198.51.100.2/30", "2001:db8:ff::2/64"],
        "web": ["2001:db8:1:1::1/64"],
        "gate": ["10.2.0.1/24", "2001:db8:2::1/48"],
    },
    [
        "default via 198.51.100.1 dev up",
        "10.3.0.0/16 via 10.2.0.2 dev gate",
        "blackhole 10.4.0.0/16",
        "blackhole 10.2.0.0/16",
        "blackhole 192.0.2.0/24",
        "default via 2001:db8:ff::1 dev up",
        "2001:db8:3::/48 via 2001:db8:2::2 dev gate",
        "blackhole 2001:db8:1::/48",
    ],
)
INNER = linux(
    "inner",
    {"gate": ["10.2.0.2/24", "2001:db8:2::2/48"], "lan": ["10.3.0.1/16", "2001:db8:3::1/48"]},
    ["default via 10.2.0.1 dev gate", "default via 2001:db8:2::1 dev gate"],
)
OFFICE = linux(
    "office",
    {"lan": ["10.4.0.1/24"], "modem": ["203.0.113.2/30"]},
    ["default via 203.0.113.1 dev modem"],
    nft=PASSES_ALL,
)
GATEWAYS = (
    Gateway(name="edge", zones=("world", "web", "gate"), address=ip_interface("10.2.0.1").ip, source="g.yml:1"),
    Gateway(name="inner", zones=("gate", "inner"), address=ip_interface("10.2.0.2").ip, source="g.yml:2"),
)


def surveyed(*devices: Device, gateways: Sequence[Gateway] = GATEWAYS) -> Survey:
    """The network of these devices."""
    return survey(devices or (EDGE, INNER), POLICY, gateways)


def but(device: Device, **texts: str | None) -> Device:
    """A device with other texts, or without them."""
    changed = {f"text.{key.replace('_', '-')}": text for key, text in texts.items()}
    kept = {key: value for key, value in device.attributes.items() if key not in changed}
    return replace(device, attributes=kept | {key: text for key, text in changed.items() if text is not None})
