"""`flows` of a room in `collect.yml`: at which ports flow datagrams come in, and which exporters may send them."""

from ipaddress import ip_address

from qianyun.estate.targets import FlowExports
from qianyun.importers.yaml_places import Node, Reading
from qianyun.words import _

LAST_PORT = 65535


def read_exports(reading: Reading, node: Node | None) -> FlowExports | None:
    """Who exports flows in a room; `None` where nobody does, or where it is faulty."""
    if node is None:
        return None
    fields = reading.fields(node, ("listen", "exporters"), ())
    listen = [place for each in reading.elements(fields.get("listen")) if (place := _place(reading, each))]
    exporters: dict[str, str] = {}
    for each in reading.elements(fields.get("exporters")):
        told = reading.fields(each, ("name", "address"), ())
        name, address = reading.text(told.get("name")), reading.text(told.get("address"))
        if name is None or address is None:
            continue
        plain = _address(address)
        if plain is None:
            reading.fault(told["address"], _("{value!r} is no address").format(value=address))
        elif plain in exporters:
            what = _("the exporter {address} is named before as {name!r}").format(address=plain, name=exporters[plain])
            reading.fault(each, what)
        else:
            exporters[plain] = name
    return FlowExports(listen=tuple(listen), exporters=exporters) if listen else None


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _place(reading: Reading, node: Node) -> tuple[str, int] | None:
    """`0.0.0.0:2055` or `[::]:6343`."""
    text = reading.text(node)
    if text is None:
        return None
    host, _colon, port = text.rpartition(":")
    address = _address(host.strip("[]"))
    if address is None or not port.isdigit() or not 0 < int(port) <= LAST_PORT:
        reading.fault(node, _("{value!r} is no place to listen; an address:port belongs here").format(value=text))
        return None
    return address, int(port)
