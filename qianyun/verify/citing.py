"""Lines that decided about a packet, as findings cite them."""

from qianyun.verify.findings import Cited
from qianyun.verify.packets import changes
from qianyun.verify.tracing import Met


def cited(met: Met, box: str = "") -> Cited:
    """A rule or a policy that a packet met, with what it made of the packet where it translates.

    Args:
        met: What the packet met.
        box: Name of the box, where places do not tell.
    """
    place = met.rule.place if met.rule else met.chain.place
    text = met.rule.text if met.rule else f"policy {met.verb.value}"
    if met.change is not None:
        text = f"{text} ({'; '.join(changes(*met.change))})"
    return Cited(place=place or f"{box} {met.chain.name}".strip(), text=text)
