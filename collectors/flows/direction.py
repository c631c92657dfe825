"""Which end serves: by who listens, who began, and, where neither was seen, by the ports.

How sure each ground is has a number; the numbers are conventions, in the order of the grounds' worth.
"""

from collections.abc import Iterable, Mapping

from collectors.flows.sightings import Endpoint, Sighting

LISTENS = 0.99
"""The end listens at that port, seen on the host itself."""
BEGAN = 0.97
"""Seen to begin: conntrack's original direction, a SYN without ACK, or a connection from a port nobody listens at."""
FANS_IN = 0.9
"""At least three other ends talk to this one."""
CAME_FIRST = 0.88
"""Its peer's packets were seen first."""
EPHEMERAL = 0.85
"""Only the other end's port is one that systems give to their own connections."""
WELL_KNOWN = 0.8
"""Only this end's port is a system port (RFC 6335, below 1024)."""
GUESSED = 0.5
"""Nothing tells the two apart but that this end's port is the lower one."""

FIRST_EPHEMERAL, FIRST_USER_PORT = 32768, 1024
FAN = 3

Services = Mapping[tuple[str, Endpoint], float]
"""How sure it is that an end serves, by protocol and end."""


def serving(sighting: Sighting, services: Services) -> tuple[Endpoint, float]:
    """The end that serves, and how sure that is."""
    if sighting.serves is not None and sighting.certainty >= BEGAN:
        return sighting.serves, sighting.certainty
    one, other = sighting.one, sighting.other
    found = {end: services.get((sighting.protocol, end), 0.0) for end in (one, other)}
    if sighting.serves is not None:
        found[sighting.serves] = max(found[sighting.serves], sighting.certainty)
    if found[one] != found[other]:
        best = max((one, other), key=lambda end: found[end])
        return best, found[best]
    return _by_port(one, other)


def _by_port(one: Endpoint, other: Endpoint) -> tuple[Endpoint, float]:
    low, high = sorted((one, other), key=lambda end: (end.port, end.address.version, int(end.address)))
    if low.port < FIRST_EPHEMERAL <= high.port:
        return low, EPHEMERAL
    if low.port < FIRST_USER_PORT <= high.port:
        return low, WELL_KNOWN
    return low, GUESSED


def services_of(sightings: Iterable[Sighting], known: Services) -> dict[tuple[str, Endpoint], float]:
    """What is known of services, and what these sightings add: who was asked, and where many meet."""
    found = dict(known)
    peers: dict[tuple[str, Endpoint], set[Endpoint]] = {}
    for each in sightings:
        if each.serves is not None:
            key = (each.protocol, each.serves)
            found[key] = max(found.get(key, 0.0), each.certainty)
        for end, peer in ((each.one, each.other), (each.other, each.one)):
            met = peers.setdefault((each.protocol, end), set())
            if len(met) < FAN:
                met.add(peer)
    for key, met in peers.items():
        if len(met) >= FAN:
            found[key] = max(found.get(key, 0.0), FANS_IN)
    return found
