"""Time by chrony: declared nodes serve it, all others take it from them.

Source: chrony.conf(5) 4.3; GB/T 22239-2019, 8.1.5.4 (one time for all logs).
"""

from qianyun.compile.bundle import File
from qianyun.policy.network import Network, Node


def files(network: Network, node: Node) -> tuple[File, ...]:
    """The configuration of chrony; nothing where no node serves time."""
    if not network.clocks:
        return ()
    lines = ["driftfile /var/lib/chrony/chrony.drift", "makestep 1 3", "rtcsync", "leapsectz right/UTC"]
    if node.name in network.clocks:
        stratum = 8 + network.clocks.index(node.name)
        lines += [f"server {upper} iburst" for upper in network.upper_clocks]
        lines += [f"allow {prefix}" for segment in network.segments for prefix in segment.prefixes]
        lines += [f"local stratum {stratum} orphan"]
    else:
        versions = {address.version for port in node.ports for address in port.addresses}
        asked = [each for each in network.addresses_of(network.clocks) if each.version in versions]
        lines += [f"server {address} iburst minpoll 4 maxpoll 6" for address in asked]
    text = "".join(f"{line}\n" for line in lines)
    return (File(path="/etc/chrony/chrony.conf", text=text, action="chrony.service:restart"),)
