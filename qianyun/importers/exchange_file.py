"""`exchange.yml` of an estate's folder: brokers of the exchange zone, and what data they may carry across."""

import re
from collections.abc import Iterator
from datetime import date
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

from qianyun.importers.policy_file import digest
from qianyun.importers.yaml_places import Node, Reading, load
from qianyun.policy.channel_checks import faults_of_exchange
from qianyun.policy.channels import (
    Broker,
    Channel,
    Column,
    ContentKind,
    Delivery,
    DeliveryKind,
    ExchangePlan,
    Leg,
    Mask,
    Side,
    Source,
    SourceKind,
    Treatment,
)
from qianyun.policy.model import Policy
from qianyun.words import _

NAME = "exchange.yml"
WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
SOURCES = {
    SourceKind.FOLDER: (("path",), ()),
    SourceKind.RSYNC: (("address", "user", "path"), ("port",)),
    SourceKind.POSTGRESQL: (("address", "user", "database", "query", "cursor", "begins_with"), ("port",)),
}
DELIVERIES = {DeliveryKind.FOLDER: (("path",), ()), DeliveryKind.SSH: (("address", "user"), ("port",))}
OFTEN = ("settled_s", "every_s")
"""When a source is looked at; all kinds may say it."""


def load_exchange(folder: Path, policy: Policy, on: date) -> ExchangePlan:
    """Read what an estate's exchange zone carries; nothing where it has no such file.

    Raises:
        DeclarationError: Says all faults with their lines.
    """
    if not (folder / NAME).exists():
        return ExchangePlan()
    reading, tree = Reading(), load(folder / NAME)
    top = reading.fields(tree, ("brokers", "channels"))
    first, second = reading.elements(top.get("brokers")), reading.elements(top.get("channels"))
    brokers = tuple(broker for node in first if (broker := _broker(reading, node)))
    channels = tuple(channel for node in second if (channel := _channel(reading, node, folder)))
    _once(reading, first)
    _once(reading, second)
    plan = ExchangePlan(brokers=brokers, channels=channels, digest=digest({NAME: tree}))
    reading.faults += faults_of_exchange(plan, policy, on)
    if reading.faults:
        raise reading.refusal()
    return plan


def _once(reading: Reading, nodes: tuple[Node, ...]) -> None:
    first: dict[object, str] = {}
    for node in nodes:
        name = node.at("name").value
        if name in first:
            reading.fault(node, _("{name!r} is named before ({place})").format(name=name, place=first[name]))
        elif isinstance(name, str):
            first[name] = node.place


def _broker(reading: Reading, node: Node) -> Broker | None:
    keys = reading.fields(node, ("name", "address", *Side))
    name, address = reading.text(keys.get("name")), reading.text(keys.get("address"))
    legs = {side: _leg(reading, keys[side]) for side in Side if side in keys}
    if not name or not address or len(legs) < len(Side):
        return None
    return Broker(name=name, address=address, legs=legs, source=node.place)


def _leg(reading: Reading, node: Node) -> Leg:
    keys = reading.fields(node, ("interface", "addresses"), ("routes",))
    addresses = (_one(reading, each, ip_interface) for each in reading.elements(keys.get("addresses")))
    routes = (reading.fields(each, ("to", "via")) for each in reading.elements(keys.get("routes")))
    read = [(_one(reading, each.get("to"), ip_network), _one(reading, each.get("via"), ip_address)) for each in routes]
    return Leg(
        interface=reading.text(keys.get("interface")) or "",
        addresses=tuple(address for address in addresses if address),
        routes=tuple((to, via) for to, via in read if to and via),
    )


def _one(reading: Reading, node: Node | None, read: "type | object") -> str | None:
    """An address or prefix, as it is written; a fault if it is none."""
    if node is None or (text := reading.text(node)) is None:
        return None
    try:
        read(text)  # type: ignore[operator] # one of the library's three readers
    except ValueError:
        reading.fault(node, _("{value!r} does not fit").format(value=text), _("an address or prefix belongs here"))
        return None
    return text


def _channel(reading: Reading, node: Node, folder: Path) -> Channel | None:
    further = ("label", "flows", "most_mib", "columns", "schema", "masks", "unmasked_why", "backlog")
    keys = reading.fields(node, ("name", "from", "pull", "deliver", "content"), further)
    name, begins_at = reading.text(keys.get("name")), reading.word(keys.get("from"), Side)
    content = reading.word(keys.get("content"), ContentKind)
    if name and not WORD.fullmatch(name):
        reading.fault(keys["name"], _("{name!r} is no name of a channel; use a-z, 0-9 and hyphens").format(name=name))
    pull, deliver = _source(reading, keys.get("pull")), _delivery(reading, keys.get("deliver"))
    if name is None or begins_at is None or content is None or pull is None or deliver is None:
        return None
    return Channel(
        name=name,
        label=reading.text(keys.get("label")) or name,
        begins_at=begins_at,
        pull=pull,
        deliver=deliver,
        content=content,
        most_mib=_count(reading, keys.get("most_mib"), 64),
        columns=tuple(_columns(reading, keys.get("columns"))),
        schema=_schema(reading, keys.get("schema"), folder),
        masks=tuple(_masks(reading, keys.get("masks"))),
        unmasked_why=reading.text(keys.get("unmasked_why")) or "",
        flows=tuple(text for each in reading.elements(keys.get("flows")) if (text := reading.text(each))),
        backlog=_count(reading, keys.get("backlog"), 16),
        source=node.place,
    )


def _count(reading: Reading, node: Node | None, usual: int) -> int:
    number = reading.whole(node)
    if node is not None and number is not None and number < 1:
        reading.fault(node, _("{name} is {number}; at least 1 belongs here").format(name=node.name, number=number))
    return number or usual


def _source(reading: Reading, node: Node | None) -> Source | None:
    kind = reading.word(node.at("kind"), SourceKind) if node else None
    if node is None or kind is None:
        return None
    required, optional = SOURCES[kind]
    keys = reading.fields(node, ("kind", *required), (*optional, *OFTEN))
    texts = {key: text for key in required if (text := reading.text(keys.get(key)))}
    settled, every = (reading.whole(keys.get(key)) for key in OFTEN)
    if len(texts) < len(required) or not _is_address(reading, keys.get("address")):
        return None
    return Source(
        kind=kind,
        path=texts.get("path", ""),
        address=texts.get("address", ""),
        port=reading.whole(keys.get("port")) or 0,
        user=texts.get("user", ""),
        database=texts.get("database", ""),
        query=texts.get("query", ""),
        cursor=texts.get("cursor", ""),
        begins_with=texts.get("begins_with", ""),
        settled_s=10 if settled is None else settled,
        every_s=10 if every is None else every,
    )


def _delivery(reading: Reading, node: Node | None) -> Delivery | None:
    kind = reading.word(node.at("kind"), DeliveryKind) if node else None
    if node is None or kind is None:
        return None
    required, optional = DELIVERIES[kind]
    keys = reading.fields(node, ("kind", *required), optional)
    texts = {key: text for key in required if (text := reading.text(keys.get(key)))}
    port = reading.whole(keys.get("port")) or 0
    fits = _is_address(reading, keys.get("address")) and len(texts) == len(required)
    return Delivery(kind=kind, port=port, **texts) if fits else None


def _is_address(reading: Reading, node: Node | None) -> bool:
    return node is None or _one(reading, node, ip_address) is not None


def _columns(reading: Reading, node: Node | None) -> Iterator[Column]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("name",), ("required", "pattern", "unique", "longest"))
        if name := reading.text(keys.get("name")):
            yield Column(
                name=name,
                required=bool(reading.flag(keys.get("required"))),
                pattern=reading.text(keys.get("pattern")) or "",
                unique=bool(reading.flag(keys.get("unique"))),
                longest=_count(reading, keys.get("longest"), 1000),
            )


def _masks(reading: Reading, node: Node | None) -> Iterator[Mask]:
    for each in reading.elements(node):
        keys = reading.fields(each, ("field", "treatment"), ("why",))
        field, treatment = reading.text(keys.get("field")), reading.word(keys.get("treatment"), Treatment)
        if field and treatment:
            yield Mask(field=field, treatment=treatment, why=reading.text(keys.get("why")) or "")


def _schema(reading: Reading, node: Node | None, folder: Path) -> str:
    """The text of a schema's file, which lies in the estate's folder."""
    name = reading.text(node)
    if node is None or name is None:
        return ""
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reading.fault(node, _("{name} cannot be read: {why}").format(name=name, why=error))
        return ""
