"""Lines that decided about a packet, as findings cite them."""

from collections.abc import Iterator

from qianyun.verify.chains import Choose
from qianyun.verify.findings import Cited
from qianyun.verify.packets import changes
from qianyun.verify.tracing import Met
from qianyun.words import _


def cited(met: Met, box: str = "") -> Cited:
    """A rule or a policy that a packet met, with what it made of the packet where it translates.

    Args:
        met: What the packet met.
        box: Name of the box, where places do not tell.
    """
    place = met.rule.place if met.rule else met.chain.place
    text = met.rule.text if met.rule else f"policy {met.verb.value}"
    if said := "; ".join(told(met)):
        text = f"{text} ({said})"
    return Cited(place=place or f"{box} {met.chain.name}".strip(), text=text)


def told(met: Met) -> Iterator[str]:
    """What a rule made of the packet, where it translates; an address of the firewall itself may not be known."""
    if met.change is None:
        return
    yield from changes(*met.change)
    steps = (step for step in (met.rule.steps if met.rule else ()) if isinstance(step, Choose))
    own = {write.field for step in steps for _condition, arm in step.arms for write in arm if write.own}
    before, after = met.change
    if any(of in own and before.get(of) == after.get(of) for of in after):
        yield _("to an address of the firewall itself")
