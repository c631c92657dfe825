"""What a firewall's own routes say, put into rules that ask them; and the reverse path that its kernel looks at.

Source: nft(8), "fib expressions"; Linux `ip-sysctl.rst` (`rp_filter`), `fib_frontend.c` (`fib_validate_source`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from qianyun.verify.bridges import called, mapped, with_conditions
from qianyun.verify.chains import DROP, Chain, Entry, Hook, Match, Rule, Ruleset, decide
from qianyun.verify.conditions import IS_V4, IS_V6, Condition, In, all_of, any_of, is_, leaves
from qianyun.verify.fib import Answer, Asks, Question, answer
from qianyun.verify.fields import IN_INTERFACE, interface_number
from qianyun.verify.routing import LOCAL_TABLE, Routing, read_routing
from qianyun.verify.routing_answers import Answers
from qianyun.words import _

FAMILIES = {4: IS_V4, 6: IS_V6}
LAST = 1 << 41
STRICT, LOOSE = 1, 2


def with_routes(ruleset: Ruleset, routings: Iterable[Routing]) -> Ruleset:
    """The ruleset, with answers where it asks the routes; of a family whose routes are not known they stay open."""
    answers = {routing.version: Answers(routing) for routing in routings}

    def said(asked: Condition) -> Condition:
        return mapped(asked, lambda leaf: _said(leaf, answers))

    chains = {
        name: _chain(chain, said) if any(_asks(rule) for rule in chain.rules) else chain
        for name, chain in ruleset.chains.items()
    }
    return replace(ruleset, chains=chains)


def _asks(rule: Rule) -> bool:
    return any(isinstance(leaf.field, Answer) for condition in rule.conditions() for leaf in leaves(condition))


def _chain(chain: Chain, said: Callable[[Condition], Condition]) -> Chain:
    rules = tuple(
        replace(rule, steps=tuple(with_conditions(step, said) for step in rule.steps)) for rule in chain.rules
    )
    return replace(chain, rules=rules)


def _said(asked: In, answers: Mapping[int, Answers]) -> Condition:
    if not isinstance(asked.field, Answer):
        return asked
    known = [all_of(FAMILIES[version], each.say(asked.field, asked.ranges)) for version, each in answers.items()]
    open_ = [FAMILIES[version] for version in FAMILIES if version not in answers]
    return any_of(*known, *([all_of(any_of(*open_), asked)] if open_ else []))


def known_of(ruleset: Ruleset, routes: Mapping[int, str], rules: Mapping[int, str], sysctls: str) -> Ruleset:
    """The ruleset of a host, with what its own routes and sysctls say.

    Args:
        ruleset: Its chains.
        routes: What `ip route show table all` shows, by family.
        rules: What `ip rule` shows, by family; a family with an empty text was not collected.
        sysctls: What `sysctl` shows of it.
    """
    read = {version: read_routing(routes[version], rules[version], version) for version in FAMILIES}
    routings = {version: routing for version, routing in read.items() if routing is not None}
    parts = (line.partition(" = ") for line in sysctls.splitlines())
    said = {key.replace("/", "."): value for key, _sign, value in parts}
    ruleset = called(ruleset, said)
    if 4 in routings:  # noqa: PLR2004 - IP version
        ruleset = with_reverse_path(ruleset, said, routings[4])
    return with_routes(ruleset, routings.values())


def with_reverse_path(ruleset: Ruleset, sysctls: Mapping[str, str], routing: Routing) -> Ruleset:
    """The ruleset, and what the kernel drops of IPv4 by itself after prerouting: wrong sources, where sysctls say so.

    The answers must be put in after this; an interface of which the sysctls say nothing drops nothing.
    """
    rules = tuple(_reverse_paths(ruleset.name, sysctls, _addressed(routing)))
    if not rules:
        return ruleset
    chain = Chain(
        name="reverse path",
        rules=rules,
        version=4,
        entry=Entry(hook=Hook.PREROUTING, priority=LAST),
        place=f"{ruleset.name} sysctls",
    )
    return replace(ruleset, chains={**ruleset.chains, chain.name: chain})


def _addressed(routing: Routing) -> frozenset[str]:
    """Interfaces that have an address."""
    local = (route for route in routing.tables.get(LOCAL_TABLE, ()) if route.kind == "local")
    return frozenset(name for route in local for name in route.interfaces)


def _reverse_paths(name: str, sysctls: Mapping[str, str], addressed: frozenset[str]) -> Iterator[Rule]:
    every = sysctls.get("net.ipv4.conf.all.rp_filter", "")
    for key, value in sysctls.items():
        head, _dot, rest = key.partition("net.ipv4.conf.")
        interface, _dot, last = rest.rpartition(".")
        if head or last != "rp_filter" or interface in ("all", "default"):
            continue
        mode = max((int(each) for each in (every, value) if each.isdecimal()), default=0)
        if mode not in (STRICT, LOOSE):
            continue
        own = f"net.ipv4.conf.{interface}.accept_local"
        accepts = "1" in (sysctls.get("net.ipv4.conf.all.accept_local"), sysctls.get(own))
        question = Question(
            asks=Asks.REVERSE,
            of_source=True,
            by=IN_INTERFACE,
            by_mark="1" in (sysctls.get(f"net.ipv4.conf.{each}.src_valid_mark") for each in ("all", interface)),
            loose=mode == LOOSE and interface in addressed,
            accepts_local=accepts,
        )
        asked = answer(question, f"{name} {interface}")
        here = all_of(is_(IN_INTERFACE, interface_number(interface)), is_(asked, 0))
        text = _("{key} = {value}: a source that does not come back this way").format(key=key, value=mode)
        yield Rule(steps=(Match(here), decide(DROP)), place=f"{name} sysctls", text=text, is_implied=True)
