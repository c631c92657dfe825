"""`qianyun address`: the address plan."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, Estate, Format, Listing, On, Printed, day, show
from qianyun.importers.declaration import load_addresses, load_policy
from qianyun.policy.address_checks import next_site
from qianyun.policy.addresses import Plan
from qianyun.words import _
from reports.address_plan import address_report
from reports.content import Table
from reports.workbook import workbook

app = typer.Typer(no_args_is_help=True)

KEYS = {
    "levels": ("level", "width", "given", "places", "used_percent", "fullest_percent", "hd_ratio", "state"),
    "sites": ("region", "department", "site", "prefix", "zones", "declared_at"),
    "subnets": ("site", "zone", "number", "prefix"),
    "legacy": ("prefix", "department", "use", "hosts", "overlaps", "proposal", "into"),
    "reverse": ("zone", "prefix", "owner"),
}
"""Keys in JSON of each list that the plan gives."""


@app.command("plan")
def write(
    estate: Estate = PROVINCE,
    output: Annotated[Path, typer.Option(help="Workbook to write.")] = Path("build/addresses.xlsx"),
    on: On = "",
    classification: Annotated[str, typer.Option(help="Mark on every page.")] = "内部",
) -> None:
    """Write the whole address plan as a workbook: levels, sites, subnets, old space, reverse zones."""
    policy = load_policy(estate)
    plan = Plan(load_addresses(estate, policy))
    as_of = datetime.combine(day(on), time(), UTC)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(workbook(address_report(policy, plan, as_of, classification)))
    typer.echo(_("{path}: {count} sites").format(path=output, count=len(plan.sites)), err=True)


@app.command("show")
def listed(
    estate: Estate = PROVINCE,
    part: Annotated[str, typer.Option(help="levels, sites, subnets, legacy or reverse.")] = "levels",
    form: Printed = Format.TABLE,
) -> None:
    """List a part of the address plan: levels with their use, sites, subnets, old space, reverse zones."""
    policy = load_policy(estate)
    report = address_report(policy, Plan(load_addresses(estate, policy)), datetime.now(UTC), "")
    tables = {table.name: table for table in report.tables}
    if part not in tables:
        raise typer.BadParameter(_("one of {words}").format(words=", ".join(tables)), param_hint="--part")
    show(_listing(tables[part]), form)


@app.command("next")
def free(
    region: Annotated[str, typer.Option(help="Administrative code of the region.")],
    department: Annotated[int, typer.Option(help="Number of the department in the plan.")],
    estate: Estate = PROVINCE,
) -> None:
    """Say the next free site number of a department in a region, and the prefix that comes with it."""
    declaration = load_addresses(estate, load_policy(estate))
    number, prefix = next_site(declaration, region, department)
    typer.echo(f"{number} {prefix}")


def _listing(table: Table) -> Listing:
    titles = dict(zip(KEYS[table.name], (column.title for column in table.columns), strict=True))
    return Listing(titles=titles, rows=table.rows)
