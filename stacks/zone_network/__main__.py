"""The networks of every zone of an estate: `pulumi up` in this folder, or the Automation API.

Configuration: `zone-network:estate`, the folder of the declaration, from the root of the checkout.
"""

from pathlib import Path

import pulumi

from qianyun.importers.declaration import load_policy
from stacks.components.zone_network import ZoneNetwork, zone_networks

ROOT = Path(__file__).parent.parent.parent

policy = load_policy(ROOT / (pulumi.Config("zone-network").get("estate") or "inventory/province"))
for args in zone_networks(policy):
    zone = ZoneNetwork(args.zone, args)
    pulumi.export(args.zone, {"networks": zone.network_ids, "router": zone.router_id})
pulumi.export("declaration", policy.digest)
