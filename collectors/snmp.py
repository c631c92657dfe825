"""Ask one device over SNMP: who it is, its ports, addresses and parts; tables that matter, never everything.

First five scalars; a device that answers none of them is silent. What it says of itself chooses the
vendor's rules, and these say which further names are asked. Each table that came in whole is put
into the journal at once, so that a killed run asks only what is missing.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from collectors.answers import Answers
from collectors.asking import Conversation, NoAnswerError, RefusedError
from collectors.ber import Oid, Varbind, parse_oid, show_oid
from collectors.host_keys import host_name
from collectors.identify import candidates, identify, questions
from collectors.journal import Journal, NoJournal
from collectors.observing import observe, subject_of
from collectors.oids import (
    FIRST,
    HOST,
    HOST_SCALARS,
    IDENTITY,
    LLDP,
    NEIGHBOURHOOD,
    ROUTES,
    TABLES,
    UPS_SCALARS,
    UPS_TABLES,
    Table,
)
from collectors.outcome import Outcome, Run, State
from collectors.rules import Kind
from qianyun.estate.targets import Target
from qianyun.words import _

NETWORK = {Kind.SWITCH, Kind.ROUTER, Kind.FIREWALL, Kind.SECURITY, Kind.BALANCER, Kind.ACCESS, Kind.OTHER}
HOSTS = {Kind.SERVER, Kind.HYPERVISOR, Kind.STORAGE}
TABLES_OF: Mapping[Kind, tuple[Table, ...]] = {
    **dict.fromkeys(NETWORK, NEIGHBOURHOOD),
    **dict.fromkeys(HOSTS, (*LLDP, *HOST, *ROUTES)),
    Kind.UPS: UPS_TABLES,
}
"""What is asked beyond the tables of every device; the others are asked for their LLDP neighbours."""

SCALARS_OF: Mapping[Kind, tuple[str, ...]] = {**dict.fromkeys(HOSTS, HOST_SCALARS), Kind.UPS: UPS_SCALARS}
GENERIC_COLUMNS = parse_oid("1.3.6.1.2.1.47.1.1.1.1")


class _Asking:
    """The tables of one device, from the journal or the device."""

    def __init__(self, target: Target, conversation: Conversation, journal: Journal) -> None:
        self._target = target
        self._conversation = conversation
        self._journal = journal
        self.varbinds: list[Varbind] = []
        self.reasons: list[str] = []

    async def scalars(self, name: str, names: Sequence[Oid]) -> None:
        """A group of scalars; a group that falls silent is a reason."""
        found = self._journal.recall(self._target.name, name)
        if found is None:
            found = tuple(await self._conversation.get(names))
            self._journal.keep(self._target.name, name, found)
        self.varbinds += found

    async def table(self, table: Table) -> None:
        """A table; one that is cut or falls silent is a reason, and is asked again next time."""
        found = self._journal.recall(self._target.name, table.name)
        if found is None:
            walked = await self._conversation.walk(table)
            found = walked.varbinds
            if walked.cut:
                self.reasons.append(_("{table} was cut: {why}").format(table=table.name, why=walked.cut))
            else:
                self._journal.keep(self._target.name, table.name, found)
        self.varbinds += found

    async def everything_else(self) -> None:
        """What the vendor's rules need, then the tables of its kind; the first silence or refusal ends it."""
        answers = Answers(self.varbinds)
        names, columns = questions(candidates(answers.object_id, answers.description))
        try:
            await self.scalars("identity", [*map(parse_oid, IDENTITY), *names])
            for column in columns:
                if column[: len(GENERIC_COLUMNS)] != GENERIC_COLUMNS:
                    stop = (*column[:-1], column[-1] + 1)
                    await self.table(Table(name=show_oid(column), first=column, stop=stop))
            kind = identify(Answers(self.varbinds)).kind
            if scalars := SCALARS_OF.get(kind):
                await self.scalars("kind", [*map(parse_oid, scalars)])
            for table in (*TABLES, *TABLES_OF.get(kind, LLDP)):
                await self.table(table)
        except NoAnswerError:
            self.reasons.append(_("it fell silent in the middle"))
        except RefusedError as error:
            self.reasons.append(_("it refused: {why}").format(why=error))


async def collect(
    target: Target,
    conversation: Conversation,
    run: Run,
    journal: Journal | None = None,
) -> Outcome:
    """Ask one device all there is to ask.

    Returns:
        Found, or partial with reasons, or silent, or refused.
    """
    began = time.monotonic()
    asking = _Asking(target, conversation, journal or NoJournal())
    try:
        await asking.scalars("system", [parse_oid(name) for name in FIRST])
    except NoAnswerError:
        place = f"{host_name(*target.endpoint)}/udp"
        return _without_answer(target, State.SILENT, _("no answer on {place}").format(place=place), conversation, began)
    except RefusedError as error:
        return _without_answer(target, State.REFUSED, str(error), conversation, began)
    await asking.everything_else()
    answers = Answers(asking.varbinds)
    return Outcome(
        target=target,
        state=State.PARTIAL if asking.reasons else State.FOUND,
        subject=subject_of(answers, identify(answers), target.address),
        observations=observe(answers, target, run, datetime.now(UTC)),
        reasons=tuple(asking.reasons),
        requests=conversation.requests,
        took_s=time.monotonic() - began,
    )


def _without_answer(target: Target, state: State, why: str, conversation: Conversation, began: float) -> Outcome:
    return Outcome(
        target=target,
        state=state,
        reasons=(why,),
        requests=conversation.requests,
        took_s=time.monotonic() - began,
    )
