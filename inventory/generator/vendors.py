"""Vendors: a long tail of small ones, a few that half the departments lean on."""

import math

from inventory.generator.drafts import Draft
from inventory.generator.draw import Draw
from inventory.generator.names import companies
from inventory.generator.recipe import Recipe
from qianyun.estate.facts import SystemKey, Vendor
from qianyun.estate.kinds import VendorRole

GUARDS = 30
"""Maintainers that also look after security."""
SYSTEMS_PER_TEAM = 9
Hired = dict[SystemKey, tuple[str, str, str | None]]
"""Who develops, maintains and guards each system."""


def make_vendors(draw: Draw, recipe: Recipe, drafts: list[Draft]) -> tuple[list[Vendor], Hired]:
    """All vendors, each with work, and whom each system hired."""
    names = companies(draw, recipe.developers + recipe.maintainers)
    developers, maintainers = names[: recipe.developers], names[recipe.developers :]
    alive = [draft for draft in drafts if not draft.is_zombie]
    builds, keeps = _deal(draw, developers, alive), _deal(draw, maintainers, alive)
    guards = maintainers[:GUARDS]
    hired: Hired = {
        draft.key: (built, kept, draw.one(guards) if draw.chance(0.3) else None)
        for draft, built, kept in zip(alive, builds, keeps, strict=True)
    }
    vendors = [_vendor(name, (VendorRole.DEVELOPMENT,), builds.count(name)) for name in developers]
    for name in maintainers:
        roles = (VendorRole.MAINTENANCE, VendorRole.SECURITY) if name in guards else (VendorRole.MAINTENANCE,)
        vendors.append(_vendor(name, roles, keeps.count(name)))
    return vendors, hired


def _vendor(name: str, roles: tuple[VendorRole, ...], systems: int) -> Vendor:
    return Vendor(name=name, roles=roles, parallel_capacity=1 + math.ceil(systems / SYSTEMS_PER_TEAM))


def _deal(draw: Draw, vendors: list[str], drafts: list[Draft]) -> list[str]:
    """One vendor for each system: everybody gets one, the rest goes to favourites and giants."""
    giants = {vendor: draw.lognormal(0, 1.3) for vendor in vendors}
    favourite = {draft.organ.department.name: draw.weighted(giants) for draft in drafts}
    spare = [
        favourite[draft.organ.department.name] if draw.chance(0.45) else draw.weighted(giants)
        for draft in drafts[len(vendors) :]
    ]
    first = draw.shuffled(range(len(drafts)))[: len(vendors)]
    dealt = dict(zip(first, vendors, strict=True))
    return [dealt[n] if n in dealt else spare.pop() for n in range(len(drafts))]
