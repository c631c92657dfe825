"""Ask a vCenter or an ESXi host what it runs: hosts, virtual machines, datastores, networks; pyvmomi.

One view and one retrieval by pages, of properties that are named here and no others. What is in the register is told
of the register (`host.…`, `machine.…`), so that a machine which is also asked itself is not two of one kind.

Source: vSphere Web Services API (HostSystem, VirtualMachine, Datastore, Network; PropertyCollector).
"""

import contextlib
import importlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from collectors.host_keys import ChangedHostKeyError, host_name
from collectors.https import Asking, Document, RefusedError, Seen, digest_of, shown_certificate
from collectors.rules import Kind
from qianyun.errors import DeclarationError, Fault
from qianyun.words import _

PAGE = 500
MIB = 1 << 20
ABOUT = "about"
PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "HostSystem": (
        "name", "summary.hardware.vendor", "summary.hardware.model", "summary.hardware.uuid",
        "summary.hardware.numCpuCores", "summary.hardware.numCpuThreads", "summary.hardware.cpuModel",
        "summary.hardware.memorySize", "summary.config.product.version", "summary.config.product.build",
        "summary.runtime.powerState", "summary.runtime.connectionState",
    ),
    "VirtualMachine": (
        "name", "summary.config.uuid", "summary.config.numCpu", "summary.config.memorySizeMB",
        "summary.config.guestFullName", "summary.runtime.powerState", "summary.config.template",
        "guest.hostName", "guest.ipAddress", "summary.storage.committed", "summary.storage.uncommitted",
    ),
    "Datastore": ("name", "summary.type", "summary.capacity", "summary.freeSpace", "summary.accessible"),
    "Network": ("name", "summary.accessible"),
}  # fmt: skip
WORDS: Mapping[str, str] = {
    "HostSystem": "host", "VirtualMachine": "machine", "Datastore": "datastore", "Network": "network"
}  # fmt: skip


def ask(asking: Asking) -> Sequence[Seen]:
    """Everything of one vCenter or host that the account may see."""
    with contextlib.ExitStack() as stack:
        service = _Service(asking, stack)
        about, digest = service.about()
        listings = {kind: service.listing(kind) for kind in PROPERTIES}
    target = asking.target
    subject = f"vsphere:{about.get('instanceUuid') or host_name(*target.endpoint)}"
    values = [
        ("device.target", target.name),
        ("device.room", target.room),
        ("device.address", target.address),
        ("device.vendor", "VMware"),
        ("device.family", "vcenter" if about.get("apiType") == "VirtualCenter" else "esxi"),
        ("device.kind", str(Kind.HYPERVISOR)),
        ("device.model", about.get("name")),
        ("device.version", about.get("version")),
        ("device.patch", about.get("build")),
    ]
    found = [Seen(subject=subject, source="ServiceContent.about", raw_sha256=digest, values=values)]
    for kind, (rows, raw) in listings.items():
        told = [_row(kind, row) for row in rows]
        found.append(Seen(subject=subject, source=kind, raw_sha256=raw, values=told))
    return found


def _row(kind: str, row: Document) -> tuple[str, Any]:
    """A row of the register under its stable name; sizes of memory and disks in MiB."""

    def scaled(name: str) -> Any:  # noqa: ANN401 - a value of any type
        value = row.get(name)
        is_bytes = name.rpartition(".")[2] in ("memorySize", "capacity", "freeSpace", "committed", "uncommitted")
        return value // MIB if is_bytes and isinstance(value, int) else value

    key = row.get("summary.hardware.uuid") or row.get("summary.config.uuid") or row.get("id")
    return f"{WORDS[kind]}.{key}", tuple(scaled(name) for name in PROPERTIES[kind])


class _Service:
    """One service under way; it is logged in to when something is missing in the journal."""

    def __init__(self, asking: Asking, stack: contextlib.ExitStack) -> None:
        self._asking = asking
        self._stack = stack
        self._opened: Any = None

    def about(self) -> tuple[Document, str]:
        """What the service says of itself."""
        [row], digest = self._kept(ABOUT, lambda: [_plain_about(self._session().content.about)])
        return row, digest

    def listing(self, kind: str) -> tuple[list[Document], str]:
        """All rows of a kind, by their identifiers."""
        return self._kept(kind, lambda: sorted(self._rows(kind), key=lambda row: str(row["id"])))

    def _kept(self, name: str, ask_it: Callable[[], list[Document]]) -> tuple[list[Document], str]:
        known = self._asking.recall(name)
        if known is None:
            known = json.dumps(ask_it(), ensure_ascii=False, sort_keys=True).encode()
            self._asking.keep(name, known)
        return json.loads(known), digest_of(known)

    def _session(self) -> Any:  # noqa: ANN401 - the library is untyped
        if self._opened is None:
            self._opened = self._stack.enter_context(_logged_in(self._asking))
        return self._opened

    def _rows(self, kind: str) -> Iterator[Document]:
        vim = importlib.import_module("pyVmomi").vim
        query = importlib.import_module("pyVmomi").vmodl.query.PropertyCollector
        content = self._session().content
        of = getattr(vim, kind)
        self._asking.may_ask()
        view = content.viewManager.CreateContainerView(container=content.rootFolder, type=[of], recursive=True)
        walk = query.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        wanted = query.FilterSpec(
            objectSet=[query.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
            propSet=[query.PropertySpec(type=of, pathSet=list(PROPERTIES[kind]))],
        )
        collector = content.propertyCollector
        self._asking.may_ask()
        page = collector.RetrievePropertiesEx([wanted], query.RetrieveOptions(maxObjects=PAGE))
        while page:
            for each in page.objects:
                values = {prop.name: _plain(prop.val) for prop in each.propSet}
                yield {"id": each.obj._moId, **values}  # noqa: SLF001 - the library names it so
            if not page.token:
                break
            self._asking.may_ask()
            page = collector.ContinueRetrievePropertiesEx(page.token)
        view.Destroy()


def _plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)


def _plain_about(about: object) -> Document:
    names = ("name", "version", "build", "apiType", "instanceUuid")
    return {name: _plain(getattr(about, name, None)) for name in names}


@contextlib.contextmanager
def _logged_in(asking: Asking) -> Iterator[Any]:
    """A session with a service that showed an enrolled certificate; the library compares it on every connection.

    Raises:
        ChangedHostKeyError: It shows another one; nothing was sent.
        RefusedError: It does not take the credential.
        DeclarationError: The library is not installed.
    """
    try:
        connect = importlib.import_module("pyVim.connect")
        vim = importlib.import_module("pyVmomi").vim
    except ModuleNotFoundError:
        mend = _("install the extra: pip install qianyun[cloud]")
        raise DeclarationError(Fault(place="vsphere", what=_("its library is not installed"), mend=mend)) from None
    address, port = asking.target.endpoint
    shown = shown_certificate((address, port))
    if shown not in asking.digests:
        raise ChangedHostKeyError(f"x509-sha256 {shown}")
    asking.may_ask()
    try:
        session = connect.SmartConnect(
            host=address,
            port=port,
            user=asking.account.user,
            pwd=asking.account.password.reveal(),
            thumbprint=shown,
            disableSslCertValidation=True,
        )
    except (vim.fault.InvalidLogin, vim.fault.NoPermission):
        raise RefusedError from None
    try:
        yield session
    finally:
        connect.Disconnect(session)
