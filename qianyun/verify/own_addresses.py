"""What a firewall's own addresses are, put into rules that mean them: masquerade and redirect.

Source: Linux `nf_nat_masquerade.c` (an address of the interface that packets leave by),
`nf_nat_redirect.c` (an address of the one they came by); without one the packet is dropped.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Interface, IPv6Interface

from qianyun.verify.chains import CONTINUE, DROP, Choose, Decide, Rule, Ruleset, Step, Write
from qianyun.verify.conditions import ALWAYS, Condition, all_of, any_of, is_
from qianyun.verify.fields import DST4, DST6, IN_INTERFACE, OUT_INTERFACE, Field, interface_number, merged

Addresses = Mapping[str, Sequence[IPv4Interface | IPv6Interface]]
ASKED: Mapping[Field, Field] = {DST4: IN_INTERFACE, DST6: IN_INTERFACE}
"""The interface whose addresses are meant, where it is not the one that packets leave by."""


def with_addresses(ruleset: Ruleset, addresses: Addresses) -> Ruleset:
    """The ruleset, with the addresses of these interfaces where it means its own."""
    chains = dict(ruleset.chains)
    for name, chain in chains.items():
        if any(_means_own(step) for rule in chain.rules for step in rule.steps):
            chains[name] = replace(chain, rules=tuple(_rule(rule, addresses) for rule in chain.rules))
    return replace(ruleset, chains=chains)


def _means_own(step: Step) -> bool:
    return isinstance(step, Choose) and any(write.own for _, writes in step.arms for write in writes)


def _rule(rule: Rule, addresses: Addresses) -> Rule:
    steps: list[Step] = []
    for step in rule.steps:
        if isinstance(step, Choose) and _means_own(step):
            steps += _steps(step, addresses)
        else:
            steps.append(step)
    return replace(rule, steps=tuple(steps))


def _steps(step: Choose, addresses: Addresses) -> Iterator[Step]:
    lacking = [all_of(condition, _lacks(write, addresses)) for condition, write in _own_writes(step)]
    yield Decide(((any_of(*lacking), DROP), (ALWAYS, CONTINUE)))
    arms: list[tuple[Condition, tuple[Write, ...]]] = []
    for condition, writes in step.arms:
        for name in addresses:
            of = next((write.field for write in writes if write.own), None)
            if of is not None and (held := _of(of, addresses[name])):
                here = is_(ASKED.get(of, OUT_INTERFACE), interface_number(name))
                known = tuple(_known(write, held) if write.own else write for write in writes)
                arms.append((all_of(condition, here), known))
        arms.append((condition, writes))
    yield Choose(tuple(arms))


def _own_writes(step: Choose) -> Iterator[tuple[Condition, Write]]:
    return ((condition, write) for condition, writes in step.arms for write in writes if write.own)


def _lacks(write: Write, addresses: Addresses) -> Condition:
    without = [interface_number(name) for name, held in addresses.items() if not _of(write.field, held)]
    return is_(ASKED.get(write.field, OUT_INTERFACE), *without)


def _of(of: Field, held: Sequence[IPv4Interface | IPv6Interface]) -> list[int]:
    mine = [address for address in held if address.version == of.version]
    return [int(address.ip) for address in mine if not address.is_link_local] or [int(address.ip) for address in mine]


def _known(write: Write, held: Sequence[int]) -> Write:
    numbers = held[:1] if write.field is DST4 else held  # a redirect goes to the first
    return replace(write, ranges=merged((number, number) for number in numbers), own=False)
