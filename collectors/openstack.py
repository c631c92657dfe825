"""Ask an OpenStack cloud what is in it: servers, networks, subnets, ports, security groups, quotas; openstacksdk.

Every listing is kept in the journal as the API gave it. Security groups, address groups and ports are kept together
as `text.neutron`, in the form that the verifier reads back, so that one text is collected, judged and kept. Each
service's certificate is the enrolled one, or that of the Keystone it was found through.

Source: OpenStack Identity v3, Compute v2.1 and Networking v2 APIs.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from collectors.host_keys import ChangedHostKeyError, host_name
from collectors.https import (
    FORBIDDEN,
    NOT_FOUND,
    OK,
    UNAUTHORIZED,
    Asking,
    Document,
    NonsenseError,
    RefusedError,
    Seen,
    digest_of,
    shown_certificate,
)
from collectors.rules import Kind
from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

Listing = tuple[Document, ...]
NEUTRON = ("security_groups", "address_groups", "ports")
"""What the verifier reads."""

HTTPS_PORT = 443


def ask(asking: Asking) -> Sequence[Seen]:
    """Everything of one cloud that the account may see."""
    cloud = _Cloud(asking)
    listings = {name: cloud.listing(name) for name in LISTINGS}
    quotas = {name: cloud.listing(name) for name in QUOTAS}
    subject = f"cloud:{host_name(*asking.target.endpoint)}"
    target = asking.target
    about = [
        ("device.target", target.name),
        ("device.room", target.room),
        ("device.address", target.address),
        ("device.vendor", "OpenStack"),
        ("device.family", "openstack"),
        ("device.kind", str(Kind.HYPERVISOR)),
    ]
    text = json.dumps({name: listings[name][0] for name in NEUTRON}, ensure_ascii=False, sort_keys=True)
    together = digest_of(text.encode())
    found = [
        Seen(subject=subject, source="v3/auth/tokens", raw_sha256=together, values=about),
        Seen(subject=subject, source="v2.0", raw_sha256=together, values=[("text.neutron", text)]),
    ]
    for name, (rows, digest) in listings.items():
        values = [ROWS[name](row) for row in rows] if name in ROWS else []
        found.append(Seen(subject=subject, source=" ".join(LISTINGS[name]), raw_sha256=digest, values=values))
    for name, (rows, digest) in quotas.items():
        limits = [(f"quota.{each}", value) for row in rows for each, value in sorted(row.items()) if _is_limit(value)]
        found.append(Seen(subject=subject, source=" ".join(QUOTAS[name]), raw_sha256=digest, values=limits))
    return found


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(row: Document, name: str) -> str:
    value = row.get(name)
    return str(value) if isinstance(value, str | int) else ""


def _texts(values: object) -> tuple[str, ...]:
    return tuple(str(each) for each in values) if isinstance(values, list) else ()


def _server(row: Document) -> tuple[str, Any]:
    flavor = row.get("flavor")
    sizes: Document = flavor if isinstance(flavor, dict) else {}
    networks = row.get("addresses")
    addresses = tuple(
        str(address.get("addr", ""))
        for listed in (networks.values() if isinstance(networks, dict) else ())
        for address in (listed if isinstance(listed, list) else ())
        if isinstance(address, dict)
    )
    groups = row.get("security_groups")
    names = [each.get("name") for each in (groups if isinstance(groups, list) else ()) if isinstance(each, dict)]
    size = (sizes.get("original_name"), sizes.get("vcpus"), sizes.get("ram"), sizes.get("disk"))
    place = (_text(row, "OS-EXT-AZ:availability_zone"), _text(row, "OS-EXT-SRV-ATTR:hypervisor_hostname"))
    return f"server.{row.get('id')}", (
        _text(row, "name"),
        _text(row, "status"),
        *size,
        *place,
        addresses,
        _texts(names),
    )


def _network(row: Document) -> tuple[str, Any]:
    kind = (_text(row, "provider:network_type"), row.get("provider:segmentation_id"))
    return f"network.{row.get('id')}", (_text(row, "name"), *kind, row.get("router:external"), row.get("mtu"))


def _subnet(row: Document) -> tuple[str, Any]:
    return f"subnet.{row.get('id')}", tuple(_text(row, name) for name in ("name", "network_id", "cidr", "gateway_ip"))


def _port(row: Document) -> tuple[str, Any]:
    listed = row.get("fixed_ips")
    addresses = [
        each.get("ip_address") for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict)
    ]
    names = ("name", "mac_address", "device_id", "device_owner", "status")
    return f"port.{row.get('id')}", (*(_text(row, name) for name in names), _texts(addresses))


def _group(row: Document) -> tuple[str, Any]:
    rules = row.get("security_group_rules")
    return f"security_group.{row.get('id')}", (_text(row, "name"), len(rules) if isinstance(rules, list) else 0)


ROWS: Mapping[str, Callable[[Document], tuple[str, Any]]] = {
    "servers": _server,
    "networks": _network,
    "subnets": _subnet,
    "ports": _port,
    "security_groups": _group,
}
LISTINGS: Mapping[str, tuple[str, str]] = {
    "servers": ("compute", "/servers/detail?all_tenants=True"),
    "networks": ("network", "/networks"),
    "subnets": ("network", "/subnets"),
    "ports": ("network", "/ports"),
    "security_groups": ("network", "/security-groups"),
    "address_groups": ("network", "/address-groups"),
}
QUOTAS: Mapping[str, tuple[str, str]] = {
    "quota_set": ("compute", "/os-quota-sets/{project}"),
    "quota": ("network", "/quotas/{project}"),
}
"""Name in the API's answer, to service and path."""

OPTIONAL = ("address_groups", "servers")
"""What some clouds do not have, or have not for this account; it is a reason then, and the rest is told."""


class _Cloud:
    """One cloud under way."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._opened: Any = None

    def listing(self, name: str) -> tuple[Listing, str]:
        """A listing as the API gave it, and its digest; from the journal where it is there."""
        known = self._asking.recall(name)
        if known is None:
            known = json.dumps(list(self._listed(name)), ensure_ascii=False).encode()
            self._asking.keep(name, known)
        return tuple(json.loads(known)), digest_of(known)

    def _listed(self, name: str) -> Iterator[Document]:
        """All pages of a listing, or the one row of quotas."""
        service, path = {**LISTINGS, **QUOTAS}[name]
        at = path.format(project=self._project) if name in QUOTAS else path
        while at:
            content = self._got(name, service, at)
            rows = content.get(name)
            yield from (row for row in (rows if isinstance(rows, list) else [rows]) if isinstance(row, dict))
            links = content.get(f"{name}_links")
            at = next((each["href"] for each in links or () if each.get("rel") == "next"), "")

    def _got(self, name: str, service: str, path: str) -> Document:
        """One answer; an empty one where it may be lacking."""
        errors = importlib.import_module("keystoneauth1.exceptions")
        try:
            answer = getattr(self._connection(), service).get(path)
        except (errors.Unauthorized, errors.AuthorizationFailure):
            raise RefusedError from None
        if answer.status_code in (FORBIDDEN, NOT_FOUND) and name in OPTIONAL:
            why = _("{name} were not given ({status})").format(name=name, status=answer.status_code)
            self._asking.reasons.append(why)
            return {}
        if answer.status_code in (UNAUTHORIZED, FORBIDDEN):
            raise RefusedError
        content = answer.json() if answer.status_code == OK else None
        if not isinstance(content, dict):
            raise NonsenseError(f"{path} ({answer.status_code})")
        return content

    @property
    def _project(self) -> str:
        return str(self._connection().current_project_id)

    def _connection(self) -> Any:  # noqa: ANN401 - the library is untyped
        if self._opened is None:
            self._opened = _connected(self._asking)
        return self._opened


def _connected(asking: Asking) -> Any:  # noqa: ANN401 - the library is untyped
    """A connection whose every service shows an enrolled certificate; nothing is sent before it has.

    Raises:
        ChangedHostKeyError: Keystone shows another one.
        DeclarationError: The library is not installed.
    """
    try:
        connections = importlib.import_module("openstack.connection")
        identity = importlib.import_module("keystoneauth1.identity.v3")
        sessions = importlib.import_module("keystoneauth1.session")
        requests = importlib.import_module("requests")
    except ModuleNotFoundError:
        mend = _("install the extra: pip install qianyun[cloud]")
        raise DeclarationError(Fault(place="openstack", what=_("its library is not installed"), mend=mend)) from None
    address, port = asking.target.endpoint
    shown = shown_certificate((address, port))
    if shown not in asking.digests:
        raise ChangedHostKeyError(f"x509-sha256 {shown}")
    host = f"[{address}]" if ":" in address else address
    account = asking.account
    auth = identity.Password(
        auth_url=f"https://{host}:{port}/v3",
        username=account.user,
        password=account.password.reveal(),
        project_name=account.project or None,
        user_domain_name=account.domain,
        project_domain_name=account.domain if account.project else None,
    )
    carrier = requests.Session()
    carrier.trust_env = False
    carrier.mount("https://", _pinned(asking, shown))
    carrier.mount("http://", _refusing())
    session = sessions.Session(auth=auth, session=carrier, verify=False, redirect=False, timeout=60)
    return connections.Connection(session=session, app_name="qianyun")


def _pinned(asking: Asking, shown: str) -> Any:  # noqa: ANN401 - the library is untyped
    adapters = importlib.import_module("requests.adapters")

    class Pinned(adapters.HTTPAdapter):  # type: ignore[misc,name-defined]  # loaded where it is needed
        """Holds every service to a certificate, and every request to the pace."""

        def build_connection_pool_key_attributes(
            self,
            request: Any,  # noqa: ANN401 - the library's
            *words: Any,  # noqa: ANN401 - the library's
            **more: Any,  # noqa: ANN401 - the library's
        ) -> Any:  # noqa: ANN401 - the library's
            host, pool = super().build_connection_pool_key_attributes(request, *words, **more)
            parts = urlsplit(request.url)
            own = asking.enrolled.get(host_name(parts.hostname or "", parts.port or HTTPS_PORT))
            pool["assert_fingerprint"] = next(iter(own or ()), shown)
            return host, pool

        def send(self, *words: Any, **more: Any) -> Any:  # noqa: ANN401 - the library's
            asking.may_ask()
            return super().send(*words, **more)

    return Pinned()


def _refusing() -> Any:  # noqa: ANN401 - the library is untyped
    adapters = importlib.import_module("requests.adapters")

    class Refusing(adapters.BaseAdapter):  # type: ignore[misc,name-defined]  # loaded where it is needed
        """A service of the catalogue in clear gets no token."""

        def send(self, *_words: Any, **_more: Any) -> Any:  # noqa: ANN401 - the library's
            raise RefusedError

        def close(self) -> None:
            """Nothing is held."""

    return Refusing()
