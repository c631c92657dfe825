"""Prove the rules that collectors brought back from gateways against the policy.

Only hosts that the declaration names as gateways stand between zones; what other hosts filter for
themselves is not judged here. All boxes together are judged as one network once there are several.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from qianyun.errors import ReadError
from qianyun.importers.declaration import load_gateways, load_waivers
from qianyun.policy.model import Policy
from qianyun.store import Store
from qianyun.verify.findings import Report as FirewallReport
from qianyun.verify.judging import verify
from qianyun.verify.network.matrix import verify_network
from qianyun.verify.nft_text import read_nft
from qianyun.verify.waiving import waived
from qianyun.words import _
from reports.results import Breach, Verification
from reports.surveying import surveyed
from reports.tones import Tone
from reports.verified import verification_of

RULES = "text.nft"
"""Attribute under which a collector keeps what `nft list ruleset` said."""
INVENTORY = "qianyun.yml"


def prove_collected(folder: Path, store: Store, policy: Policy, on: date) -> Verification | None:
    """What was proved of all gateways whose rules were collected; `None` when none were.

    Rules that cannot be read are a violation of their own: nobody knows what passes.
    """
    reports = list[FirewallReport]()
    unreadable: list[Breach] = []
    for name, text in _collected(folder, store, policy):
        try:
            reports.append(waived(verify(policy, read_nft(text, name), on), load_waivers(folder), on))
        except ReadError as error:
            title = _("the rules of {name} cannot be read").format(name=name)
            unreadable += [
                Breach(tone=Tone.BAD, title=title, place=fault.place, note=fault.what) for fault in error.faults
            ]
    network = surveyed(folder, store, policy) if reports or unreadable else None
    if network is None:
        return None
    if len(network.network.boxes) > 1:
        reports.append(waived(verify_network(network, policy, on), load_waivers(folder), on))
    found = verification_of(policy, reports)
    return replace(found, breaches=(*unreadable, *found.breaches))


def _collected(folder: Path, store: Store, policy: Policy) -> Iterator[tuple[str, str]]:
    """Gateways by name with the rules that were last seen on them."""
    if not (folder / INVENTORY).exists():
        return
    names = {gateway.name for gateway in load_gateways(folder / INVENTORY, policy)}
    called = {
        observation.subject: str(observation.value)
        for attribute in ("device.name", "device.target")
        for observation in store.latest(attribute=attribute)
        if str(observation.value) in names
    }
    for observation in sorted(store.latest(attribute=RULES), key=lambda each: called.get(each.subject, "")):
        if observation.subject in called and observation.attribute == RULES:
            yield called[observation.subject], str(observation.value)
