"""Access lists as chains, so that a vendor's device is judged by the same engine as a Linux firewall.

Every list becomes an entry chain that forwarded packets meet, and a packet must pass all that judge
its family. A device with state lets pass what belongs to an open connection before it asks the list.
"""

from collections.abc import Iterable, Iterator, Mapping

from qianyun.errors import ReadError
from qianyun.verify.acls.filters import Configuration, Filter
from qianyun.verify.chains import ACCEPT, DROP, Chain, Entry, Hook, Match, Rule, Ruleset, Verdict, decide
from qianyun.verify.conditions import Condition, is_
from qianyun.verify.fields import STATE, State
from qianyun.words import _

OPEN = is_(STATE, State.ESTABLISHED, State.RELATED)
LISTS = ("ip ", "ipv6 ")
"""How keys of access lists begin; policies judge whatever passes the device."""
BROKEN = is_(STATE, State.INVALID)


def ruleset_of(configuration: Configuration, keys: Iterable[str] = ()) -> Ruleset:
    """The filters of a configuration as one firewall.

    Args:
        configuration: What a reader made of the text.
        keys: Which filters (`ip NAME`, `ipv6 NAME`, `security-policy`); without any, policies and the
            lists that stand at some interface, or all where there is neither.

    Raises:
        ReadError: A filter is not there.
    """
    bound = dict.fromkeys(each.filter for each in configuration.bindings if each.filter in configuration.filters)
    policies = (key for key in configuration.filters if not key.startswith(LISTS))
    wanted = tuple(dict.fromkeys(keys)) or (*bound, *policies) or tuple(configuration.filters)
    lacking = [key for key in wanted if key not in configuration.filters]
    if lacking or not wanted:
        raise ReadError(
            _("{name}: there is no filter {key!r}; there are {known}").format(
                name=configuration.name, key=", ".join(lacking), known=", ".join(configuration.filters) or "–"
            )
        )
    filters = {key: configuration.filters[key] for key in wanted}
    return Ruleset(
        name=configuration.name,
        chains=dict(_chains(filters)),
        unread=configuration.unread,
        concerns=configuration.concerns,
        tracks=all(each.keeps_state for each in filters.values()),
    )


def _chains(filters: Mapping[str, Filter]) -> Iterator[tuple[str, Chain]]:
    dropped: set[int] = set()
    for number, (key, each) in enumerate(filters.items()):
        versions = {each.version} if each.version else {4, 6}
        yield key, _chain(key, each, number, drops_broken=not versions <= dropped)
        dropped |= versions if each.keeps_state else set()


def _chain(key: str, filter_: Filter, number: int, *, drops_broken: bool) -> Chain:
    by_state = _by_state(filter_, drops_broken=drops_broken) if filter_.keeps_state else ()
    return Chain(
        name=key,
        rules=(*by_state, *_rules(filter_)),
        version=filter_.version,
        entry=Entry(hook=Hook.FORWARD, priority=number, accepts=filter_.rest_passes),
        place=filter_.place,
    )


def _by_state(filter_: Filter, *, drops_broken: bool) -> Iterator[Rule]:
    """What state alone decides; what belongs to no connection meets its end at the first filter."""
    yield _rule(OPEN, ACCEPT, filter_.place, _("(what belongs to an open connection)"))
    if drops_broken:
        yield _rule(BROKEN, DROP, filter_.place, _("(what belongs to no connection)"))


def _rules(filter_: Filter) -> Iterator[Rule]:
    for line in filter_.lines:
        yield _rule(line.condition, ACCEPT if line.permits else DROP, line.place, line.text)


def _rule(condition: Condition, verdict: Verdict, place: str, text: str) -> Rule:
    return Rule(steps=(Match(condition), decide(verdict)), place=place, text=text)
