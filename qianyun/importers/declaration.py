"""The declaration of an estate: the YAML of its folder, read with places."""

from qianyun.importers.address_file import load_addresses
from qianyun.importers.backup_file import load_backups
from qianyun.importers.calendar_file import load_calendar
from qianyun.importers.cloud_file import load_pools
from qianyun.importers.egress_file import load_egress
from qianyun.importers.exchange_file import load_exchange
from qianyun.importers.gateway_file import load_gateways
from qianyun.importers.moves_file import load_moves
from qianyun.importers.network_file import load_network, load_whole_network
from qianyun.importers.plan_file import load_wishes
from qianyun.importers.policy_file import load_policy
from qianyun.importers.profile_file import load_profile
from qianyun.importers.waiver_file import load_waivers

__all__ = [
    "load_addresses",
    "load_backups",
    "load_calendar",
    "load_egress",
    "load_exchange",
    "load_gateways",
    "load_moves",
    "load_network",
    "load_policy",
    "load_pools",
    "load_profile",
    "load_waivers",
    "load_whole_network",
    "load_wishes",
]
