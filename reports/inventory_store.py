"""Servers of a store with the waves of its plan, as an inventory."""

from qianyun.compile.hostvars import Inventory, hosts_of
from qianyun.plan.plan import Plan
from qianyun.store import Store


def servers_of(url: str) -> Inventory:
    """All servers; waves are those of the approved plan, else of the newest.

    Raises:
        StoreError: The store cannot be read.
    """
    with Store.open(url) as store:
        plans = store.plans()
        plan = store.approved_plan() or (plans[-1] if plans else None)
        waves = Plan.from_text(plan.body).waves if plan else ()
        numbers = {placed.system: wave.number for wave in waves for placed in wave.placements}
        return hosts_of(store.estate(), numbers)
