"""The network of an estate as its store holds it: what was collected, gateways, the address plan."""

from pathlib import Path

from qianyun.errors import Fault, ReadError
from qianyun.importers.declaration import load_addresses, load_gateways
from qianyun.policy.model import Policy
from qianyun.store import Store
from qianyun.verify.network.devices import devices_of
from qianyun.verify.network.surveying import Survey, survey
from qianyun.words import _

GATEWAYS, ADDRESSES = "qianyun.yml", "addresses.yml"


def survey_of(folder: Path, store: str, policy: Policy) -> Survey:
    """The network of the boxes that were collected last.

    Raises:
        StoreError: There is no store.
        ReadError: No box was collected.
    """
    url = store or f"sqlite:///state/{folder.name}.db"
    with Store.open(url) as opened:
        found = surveyed(folder, opened, policy)
    if not found.network.boxes:
        what = _("no box that stands between networks was collected")
        raise ReadError(Fault(place=url, what=what, mend=_("collect the gateways and routers: qianyun collect run")))
    return found


def surveyed(folder: Path, store: Store, policy: Policy) -> Survey:
    """The same, of a store that is open."""
    gateways = load_gateways(folder / GATEWAYS, policy) if (folder / GATEWAYS).exists() else ()
    legacy = load_addresses(folder, policy).legacy if (folder / ADDRESSES).exists() else None
    return survey(devices_of(store.latest()), policy, gateways, legacy)
