"""What each node of the network gets: its bundle, and which of the two roles puts it in place."""

from dataclasses import dataclass
from ipaddress import IPv6Address

from qianyun.compile import advertising, clock, frr, naming, node_filter, pair, proxy, translation
from qianyun.compile.bundle import File, bundle
from qianyun.policy.addresses import Plan
from qianyun.policy.egress import Egress
from qianyun.policy.network import Network, Node

EXTRANET, EGRESS = "extranet", "egress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A node's files, as text.

    Attributes:
        role: `egress` for the gateways that operators' lines end on, `extranet` for all others.
    """

    node: Node
    role: str
    text: str


def bundles(declared: tuple[Network, Egress, Plan] | None) -> tuple[Bundled, ...]:
    """Every node's bundle, in the order of the declaration; none where no network is declared."""
    if declared is None:
        return ()
    network, egress, plan = declared
    return tuple(_bundled(network, egress, plan, node) for node in network.nodes)


def _bundled(network: Network, egress: Egress, plan: Plan, node: Node) -> Bundled:
    is_egress = any(port.link for port in node.ports)
    files = [*node_filter.files(network, node), *_routing(network, egress, node)]
    if is_egress:
        files += [
            *translation.files(egress, node), *pair.files(network, node), *naming.resolving(egress, network),
            *proxy.files(egress),
        ]  # fmt: skip
    if node.name in network.name_servers:
        files += naming.holding(network, plan)
    files += [*advertising.files(network, node, _resolvers(network, node, is_egress=is_egress))]
    files += clock.files(network, node) if not is_egress else ()
    role = EGRESS if is_egress else EXTRANET
    text = bundle(network.digest, role, node.name, files, routes=node.router_id is not None)
    return Bundled(node=node, role=role, text=text)


def _routing(network: Network, egress: Egress, node: Node) -> tuple[File, ...]:
    if node.router_id is None:
        return ()
    own = {"owner": "frr:frr", "mode": "0640"}
    return (
        File(path="/etc/frr/daemons", text=frr.daemons(node), action="frr.service:restart", **own),
        File(
            path="/etc/frr/frr.conf", text=frr.configuration(network, egress, node), action="frr.service:reload", **own
        ),
    )


def _resolvers(network: Network, node: Node, *, is_egress: bool) -> tuple[IPv6Address, ...]:
    """Whom hosts behind a node ask for names: the pair itself, or the extranet's name servers."""
    if is_egress:
        held = [a for port in node.ports if port.segment for a in network.segment[port.segment].virtual]
    else:
        held = [*network.addresses_of(network.name_servers)]
    return tuple(address for address in held if isinstance(address, IPv6Address))[-1:]
