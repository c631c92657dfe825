"""`qianyun plan rank`: a plan as other tools would make it, to be compared with ours."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qianyun.cli.listing import PROVINCE, Estate, Format, Listing, Printed, StoreUrl, show, url_of
from qianyun.cli.plan import app, problem_of, summary, talk
from qianyun.errors import InfeasiblePlan
from qianyun.importers.peer_rules import load_ranking
from qianyun.plan.peers import SIMPLE_FIRST, TRIAL_FIRST, broken_conditions, ranked, told_conditions
from qianyun.store import Store
from qianyun.words import _, label


class Like(StrEnum):
    """Whose order is followed where no rules are given."""

    CMF = "cmf"
    AZURE = "azure"


@app.command("rank")
def ranked_plan(
    estate: Estate = PROVINCE,
    store: StoreUrl = "",
    like: Annotated[
        Like, typer.Option(help="Whose order to follow without rules of your own: cmf or azure.")
    ] = Like.CMF,
    rules: Annotated[
        Path | None, typer.Option(help="Wave planning rules of Cloud Migration Factory, as JSON.", exists=True)
    ] = None,
    form: Printed = Format.TABLE,
) -> None:
    """Plan by rank and fill, as other tools do, keep the plan to compare with, and judge it by their conditions."""
    ranking = load_ranking(rules) if rules else {Like.CMF: SIMPLE_FIRST, Like.AZURE: TRIAL_FIRST}[like]
    with Store.open(url_of(store, estate)) as opened:
        problem, facts = problem_of(opened, estate, None), opened.estate()
        plan = ranked(problem, facts, ranking)
        if plan is None:
            raise InfeasiblePlan(_("in this order some group finds no week; a ranking moves nothing that it placed"))
        why = _("ranked like {like}").format(like=rules.name if rules else like)
        opened.save_plan(plan.to_text(), problem_digest=problem.digest, who=getpass.getuser(), why=why)
    rows = [
        (n, label("Condition", c), count) for n, c, count in told_conditions(broken_conditions(problem, plan, facts))
    ]
    titles = {"number": _("no."), "condition": _("condition"), "broken": _("broken")}
    show(Listing(titles=titles, rows=rows), form)
    talk.print(summary(plan), markup=False)
