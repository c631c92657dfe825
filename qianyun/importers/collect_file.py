"""`collect.yml` of an estate's folder: which devices may be asked, room by room, with which credential.

Secrets are never in it: `env:NAME` or `file:PATH` stands in their place, and a text that is neither is
a fault that does not repeat the text.
"""

import hashlib
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from qianyun.estate.targets import (
    TLS,
    CredentialKind,
    CredentialReference,
    Manifest,
    Profile,
    RoomTargets,
    Target,
    Transport,
    Window,
)
from qianyun.importers.exporters import read_exports
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.words import _

NAME = "collect.yml"
PORTS = {
    Transport.SNMP: 161,
    Transport.SSH: 22,
    Transport.REDFISH: 443,
    Transport.VSPHERE: 443,
    Transport.OPENSTACK: 5000,
}
TAKEN: Mapping[Transport, frozenset[CredentialKind]] = {
    Transport.SNMP: frozenset({CredentialKind.SNMP_V2C, CredentialKind.SNMP_V3}),
    Transport.SSH: frozenset({CredentialKind.SSH}),
    **dict.fromkeys(TLS, frozenset({CredentialKind.ACCOUNT})),
}
"""Which kinds of credential a way of asking takes."""

RATES = ("rate_per_s", "device_rate_per_s")
AUTH = ("sha1", "sha224", "sha256", "sha384", "sha512")
PRIV = ("aes128", "aes192", "aes256", "des", "3des")
FIELDS: Mapping[CredentialKind, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    CredentialKind.SNMP_V2C: ((), (), ("community",)),
    CredentialKind.SNMP_V3: (("user",), ("auth", "priv", "context"), ("auth_password", "priv_password")),
    CredentialKind.SSH: (("user",), ("key_file",), ("password", "passphrase")),
    CredentialKind.ACCOUNT: (("user",), ("project", "domain"), ("password",)),
}
"""Kind to its required settings, optional settings, secrets."""

REQUIRED_SECRETS = {CredentialKind.SNMP_V2C, CredentialKind.SNMP_V3, CredentialKind.ACCOUNT}


def load_manifest(folder: Path) -> Manifest:
    """Read what may be asked.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    reading = Reading()
    path = folder / NAME
    root = reading.fields(load(path), ("credentials", "rooms"), ("known_hosts",))
    credentials = {
        name: credential
        for name, node in reading.entries(root.get("credentials")).items()
        if (credential := _credential(reading, name, node))
    }
    rooms = tuple(room for node in reading.elements(root.get("rooms")) if (room := _room(reading, node, credentials)))
    _one_name_each(reading, root.get("rooms"))
    known = reading.text(root.get("known_hosts"))
    if reading.faults:
        raise reading.refusal()
    return Manifest(
        folder=folder,
        rooms=rooms,
        credentials=credentials,
        known_hosts=folder / known if known else None,
        digest="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def _credential(reading: Reading, name: str, node: Node) -> CredentialReference | None:
    kind = reading.word(
        node.at("kind") if isinstance(node.value, dict) and "kind" in node.value else None, CredentialKind
    )
    if kind is None:
        reading.fields(node, ("kind",), ())
        return None
    required, optional, secret = FIELDS[kind]
    needed = secret if kind in REQUIRED_SECRETS else ()
    fields = reading.fields(node, ("kind", *required, *needed), (*optional, *secret))
    settings = {key: text for key in (*required, *optional) if (text := reading.text(fields.get(key)))}
    for key, known in (("auth", AUTH), ("priv", PRIV)):
        if settings.get(key, known[0]) not in known:
            reading.fault(
                fields[key],
                _("{name} is {value!r}; one of {words} belongs here").format(
                    name=key, value=settings[key], words=", ".join(known)
                ),
            )
    secrets = {key: text for key in secret if (text := _reference(reading, fields.get(key)))}
    if kind is CredentialKind.SSH and "key_file" not in settings and "password" not in fields:
        reading.fault(node, _("the credential {name!r} has neither key_file nor password").format(name=name))
    return CredentialReference(name=name, kind=kind, settings=settings, secrets=secrets, source=node.place)


def _reference(reading: Reading, node: Node | None) -> str | None:
    """A reference to a secret; what is none may be the secret itself, so it is not repeated."""
    if node is None:
        return None
    if isinstance(node.value, str) and node.value.startswith(("env:", "file:")):
        return node.value
    reading.fault(
        node,
        _("{name} is not a reference").format(name=node.name),
        _("write env:NAME or file:PATH; if a secret stands here, change it, since files are remembered"),
    )
    return None


def _room(reading: Reading, node: Node, credentials: Mapping[str, CredentialReference]) -> RoomTargets | None:
    fields = reading.fields(node, ("room", "targets"), (*RATES, "do_not_touch", "window", "allows_v2c", "flows"))
    name = reading.text(fields.get("room"))
    allows_v2c = bool(reading.flag(fields.get("allows_v2c")))
    rates = {key: rate for key in RATES if (rate := _rate(reading, fields.get(key))) is not None}
    targets = tuple(
        target
        for each in reading.elements(fields.get("targets"))
        if name and (target := _target(reading, each, name, credentials, allows_v2c=allows_v2c))
    )
    if name is None:
        return None
    return RoomTargets(
        room=name,
        targets=targets,
        **rates,
        do_not_touch=tuple(_networks(reading, fields.get("do_not_touch"))),
        window=_window(reading, fields.get("window")),
        allows_v2c=allows_v2c,
        flows=read_exports(reading, fields.get("flows")),
    )


def _rate(reading: Reading, node: Node | None) -> int | None:
    """Requests a second."""
    rate = reading.whole(node)
    if node is not None and rate is not None and rate < 1:
        reading.fault(node, _("{name} is {rate}; at least 1 belongs here").format(name=node.name, rate=rate))
    return rate


def _target(
    reading: Reading, node: Node, room: str, credentials: Mapping[str, CredentialReference], *, allows_v2c: bool
) -> Target | None:
    fields = reading.fields(node, ("name", "address", "transport", "credential"), ("port", "profile", "allows_sha1"))
    name, address, wanted = (reading.text(fields.get(key)) for key in ("name", "address", "credential"))
    transport = reading.word(fields.get("transport"), Transport)
    port = reading.whole(fields.get("port"))
    profile = reading.word(fields.get("profile"), Profile)
    if name is None or address is None or wanted is None or transport is None:
        return None
    credential = credentials.get(wanted)
    if credential is None:
        known = ", ".join(credentials)
        what = _("the credential {name!r} is not declared").format(name=wanted)
        reading.fault(fields["credential"], what, _("declared are {names}").format(names=known) if known else "")
    elif credential.kind not in TAKEN[transport]:
        what = _("the credential {name!r} is for {kind}, the target is asked over {transport}")
        reading.fault(fields["credential"], what.format(name=wanted, kind=credential.kind, transport=transport))
    elif credential.kind is CredentialKind.SNMP_V2C and not allows_v2c:
        reading.fault(
            fields["credential"],
            _("the room {room!r} has not opted in to communities sent in clear").format(room=room),
            _("use SNMP v3, or write allows_v2c: true for this room"),
        )
    with reading.building(node):
        return Target(
            name=name,
            room=room,
            address=address,
            port=PORTS[transport] if port is None else port,
            transport=transport,
            credential=wanted,
            profile=profile or Profile.LINUX,
            allows_sha1=bool(reading.flag(fields.get("allows_sha1"))),
            source=node.place,
        )
    return None


def _networks(reading: Reading, node: Node | None) -> Iterator[IPv4Network | IPv6Network]:
    for each in reading.elements(node):
        text = reading.text(each)
        try:
            if text is not None:
                yield ip_network(text)
        except ValueError:
            reading.fault(each, _("{value!r} is no network; an address or prefix belongs here").format(value=text))


def _window(reading: Reading, node: Node | None) -> Window | None:
    if node is None:
        return None
    fields = reading.fields(node, ("from", "to"))
    begin, end = reading.clock(fields.get("from")), reading.clock(fields.get("to"))
    return Window(begin=begin, end=end) if begin is not None and end is not None else None


def _one_name_each(reading: Reading, rooms: Node | None) -> None:
    """Two targets of one name, or of one address and port, would be taken for one device."""
    first: dict[str, str] = {}
    for room in reading.elements(rooms):
        targets = room.at("targets").value
        for target in targets if isinstance(targets, tuple) else ():
            name = target.at("name")
            if name is target or not isinstance(name.value, str):
                continue
            if name.value in first:
                what = _("the target {name!r} is named before ({place})").format(
                    name=name.value, place=first[name.value]
                )
                reading.fault(name, what)
            first.setdefault(name.value, name.place)
