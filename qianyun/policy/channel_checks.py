"""What keeps the exchange zone's channels and brokers from being built as they are declared."""

import json
import re
from collections.abc import Iterator
from datetime import date
from ipaddress import ip_address, ip_interface, ip_network

from qianyun.errors import Fault
from qianyun.policy.channels import (
    MASKABLE,
    Broker,
    Channel,
    ContentKind,
    DeliveryKind,
    ExchangePlan,
    Leg,
    SourceKind,
    Treatment,
)
from qianyun.policy.model import TCP, Policy, Rule
from qianyun.policy.rules import rules_of_flow
from qianyun.words import _

PORTS = {SourceKind.RSYNC: 22, SourceKind.POSTGRESQL: 5432, DeliveryKind.SSH: 22}


def faults_of_exchange(plan: ExchangePlan, policy: Policy, on: date) -> tuple[Fault, ...]:
    """Everything, in the order of brokers and channels."""
    brokers = (fault for broker in plan.brokers for fault in _broker(broker))
    channels = (fault for channel in plan.channels for fault in _channel(channel, plan, policy, on))
    return (*brokers, *channels)


def _broker(broker: Broker) -> Iterator[Fault]:
    """A route of one leg that covers what the other leg holds would lead around the exchange."""
    for side, leg in broker.legs.items():
        others = [ip_interface(address) for address in broker.legs[side.other].addresses]
        for to, _via in leg.routes:
            for other in others:
                if other.ip in ip_network(to):
                    what = _("the {side} leg of {broker} has a route to {to}, which holds {address} of the other leg")
                    said = what.format(side=side, broker=broker.name, to=to, address=other.ip)
                    yield Fault(place=broker.source, what=said, mend=_("route to the networks it needs, one by one"))


def _channel(channel: Channel, plan: ExchangePlan, policy: Policy, on: date) -> Iterator[Fault]:
    yield from _content(channel)
    yield from _masks(channel)
    known = {flow.name for flow in policy.flows}
    for flow in channel.flows:
        if flow not in known:
            what = _("channel {channel!r} uses the flow {flow!r}, which is declared nowhere")
            yield Fault(place=channel.source, what=what.format(channel=channel.name, flow=flow))
    yield from _ways(channel, plan, policy, on)


def _content(channel: Channel) -> Iterator[Fault]:
    wants_columns, wants_schema = channel.content is ContentKind.CSV, channel.content in MASKABLE - {ContentKind.CSV}
    said = {
        _("lacks its columns"): wants_columns and not channel.columns,
        _("has columns, but is no CSV"): bool(channel.columns) and not wants_columns,
        _("lacks its schema"): wants_schema and not channel.schema,
        _("does not say why it may pass unmasked"): not channel.masks and not channel.unmasked_why,
        _("names masks, but its content has no fields"): bool(channel.masks) and channel.content not in MASKABLE,
    }
    yield from (_fault(channel, what) for what, is_so in said.items() if is_so)
    for column in channel.columns:
        try:
            re.compile(column.pattern)
        except re.error as error:
            yield _fault(channel, _("the pattern of {column!r} is none: {why}").format(column=column.name, why=error))
    if channel.schema:
        try:
            json.loads(channel.schema)
        except ValueError as error:
            yield _fault(channel, _("its schema is no JSON: {why}").format(why=error))


def _masks(channel: Channel) -> Iterator[Fault]:
    columns = {column.name for column in channel.columns}
    for mask in channel.masks:
        if columns and mask.field not in columns:
            yield _fault(channel, _("masks {field!r}, which is no column").format(field=mask.field))
        if (mask.treatment is Treatment.KEEP) != bool(mask.why):
            what = (
                _("{field!r} is kept without a reason") if not mask.why else _("{field!r} has a reason and is masked")
            )
            yield _fault(channel, what.format(field=mask.field))


def _ways(channel: Channel, plan: ExchangePlan, policy: Policy, on: date) -> Iterator[Fault]:
    """A channel opens connections; the flows that it names must permit them."""
    flows = [flow for flow in policy.flows if flow.name in channel.flows and not _has_ended(flow.expires_on, on)]
    rules = [rule for flow in flows for rule in rules_of_flow(flow, policy)]
    ends = (
        (channel.begins_at, channel.pull.address, channel.pull.port or PORTS.get(channel.pull.kind, 0)),
        (channel.begins_at.other, channel.deliver.address, channel.deliver.port or PORTS.get(channel.deliver.kind, 0)),
    )
    for side, address, port in ends:
        for broker in plan.brokers if address else ():
            if not any(_permits(rule, broker.legs[side], address, port) for rule in rules):
                what = _(
                    "connects to {address} tcp/{port} from the {side} leg of {broker}; none of its flows permits it"
                )
                said = what.format(address=address, port=port, side=side, broker=broker.name)
                yield _fault(channel, said)


def _has_ended(expires_on: date | None, on: date) -> bool:
    return expires_on is not None and expires_on < on


def _permits(rule: Rule, leg: Leg, address: str, port: int) -> bool:
    to = ip_address(address)
    held = [ip_interface(each).ip for each in leg.addresses]
    return (
        (rule.protocol, rule.version) == (TCP, to.version)
        and any(to in prefix for prefix in rule.destinations)
        and any(each in prefix for each in held for prefix in rule.sources)
        and (not rule.ports or any(span.first <= port <= span.last for span in rule.ports))
    )


def _fault(channel: Channel, what: str) -> Fault:
    return Fault(place=channel.source, what=_("channel {channel!r} {what}").format(channel=channel.name, what=what))
