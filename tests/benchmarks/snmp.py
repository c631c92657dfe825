"""CPU of the asker for one request of SNMP, beside other libraries; walks that fail on a bad line.

Everybody walks ifXTable of 48 ports, 25 values a request, on as many agents at once. Ours leaves values
as the bytes they came in until somebody reads them, gufo turns each into a Python value in Rust.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from gufo.snmp import Aes128Key, Sha1Key, User
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import KeyType
from snmp_load import (
    AUTH_WORD,
    COMMUNITY,
    IF_X_ENTRY,
    PRIV_WORD,
    REPETITIONS,
    REQUESTS,
    TABLE,
    USER,
    VARBINDS,
    agents,
    credential,
)

from collectors import asking
from collectors.agents.swarm import Line
from collectors.asking import Conversation, NoAnswerError
from collectors.ber import show_oid
from collectors.fast_asker import FastEngine
from collectors.pysnmp_asker import PysnmpEngine

AGENTS, FEW_AGENTS = 500, 10
SIDE_BY_SIDE = 128
ROUNDS = 5
"""The quickest of so many counts: what else runs on the machine only ever adds."""

PROVINCE = 7_200 * 53
MICRO = 1_000_000

Walk = Callable[[int], Awaitable[int]]


async def _all(ports: Sequence[int], walk: Walk, side_by_side: int) -> list[int]:
    free = asyncio.Semaphore(side_by_side)

    async def one(port: int) -> int:
        async with free:
            return await walk(port)

    return list(await asyncio.gather(*map(one, ports)))


def _cpu_per_request(found: list[int], began: float) -> float:
    """Microseconds; a walk that misses something ends the benchmark."""
    took = time.process_time() - began
    if set(found) != {VARBINDS}:
        raise SystemExit(f"walks found {sorted(set(found))} values instead of {VARBINDS}")
    return took * MICRO / (len(found) * REQUESTS)


def _walking(engine: FastEngine | PysnmpEngine) -> Walk:
    async def walk(port: int) -> int:
        conversation = Conversation(await engine.asker("127.0.0.1", port))
        return len((await conversation.walk(TABLE)).varbinds)

    return walk


def ours(version: str, count: int = AGENTS) -> float:
    """CPU µs a request of our engine, with its patience and pacing."""
    asking.MOST = REPETITIONS  # as many values a request as the others ask for

    async def ask(ports: Sequence[int]) -> float:
        with FastEngine(credential(version)) as engine:
            began = time.process_time()
            return _cpu_per_request(await _all(ports, _walking(engine), SIDE_BY_SIDE), began)

    with agents(count, version) as ports:
        return min(asyncio.run(ask(ports)) for _round in range(ROUNDS))


def with_pysnmp(version: str) -> float:
    """CPU µs a request of pysnmp, driven as we drive it."""
    asking.MOST = REPETITIONS

    async def ask(ports: Sequence[int]) -> float:
        with PysnmpEngine(credential(version)) as engine:
            began = time.process_time()
            return _cpu_per_request(await _all(ports, _walking(engine), SIDE_BY_SIDE), began)

    with agents(FEW_AGENTS, version) as ports:
        return min(asyncio.run(ask(ports)) for _round in range(ROUNDS))


def with_gufo(version: str) -> float:
    """CPU µs a request of gufo's public interface, with keys that are hashed beforehand."""
    auth = Sha1Key(Sha1Key.get_master_key(AUTH_WORD.encode()), key_type=KeyType.Master)
    priv = Aes128Key(Sha1Key.get_master_key(PRIV_WORD.encode()), key_type=KeyType.Master)
    user = User(USER, auth_key=auth, priv_key=priv) if version == "3" else None

    async def walk(port: int) -> int:
        session = SnmpSession("127.0.0.1", port, community=COMMUNITY, user=user, max_repetitions=REPETITIONS)
        found = 0
        async with session as asked:
            async for _name, _value in asked.getbulk(show_oid(IF_X_ENTRY)):
                found += 1
        return found

    async def ask(ports: Sequence[int]) -> float:
        began = time.process_time()
        return _cpu_per_request(await _all(ports, walk, SIDE_BY_SIDE), began)

    with agents(AGENTS, version) as ports:
        return min(asyncio.run(ask(ports)) for _round in range(ROUNDS))


def failed_walks() -> float:
    """Walks that miss something: 500 agents at once, 5 % of all datagrams lost, 20 ms late."""

    async def ask(ports: Sequence[int]) -> float:
        with FastEngine(credential("2c")) as engine:
            walk = _walking(engine)

            async def whole(port: int) -> int:
                try:
                    return await walk(port)
                except NoAnswerError:
                    return 0

            found = await _all(ports, whole, AGENTS)
            return float(sum(each != VARBINDS for each in found))

    with agents(AGENTS, "2c", Line(lost=0.05, late_s=0.02)) as ports:
        return asyncio.run(ask(ports))


BENCHMARKS = {
    "snmp-gufo": {
        "ours": lambda: ours("2c"),
        "peer": lambda: with_gufo("2c"),
        "peer_name": "gufo-snmp",
        "unit": "CPU µs/request",
        "goal": "ratio <= 1.5",
    },
    "snmp-gufo-v3": {
        "ours": lambda: ours("3"),
        "peer": lambda: with_gufo("3"),
        "peer_name": "gufo-snmp",
        "unit": "CPU µs/request",
        "goal": "ratio <= 1.5",
    },
    "snmp-pysnmp": {
        "ours": lambda: ours("2c"),
        "peer": lambda: with_pysnmp("2c"),
        "peer_name": "pysnmp",
        "unit": "CPU µs/request",
        "goal": "ratio <= 0.025",
    },
    "snmp-loss": {"ours": failed_walks, "unit": "failed walks", "goal": "ours <= 0"},
    "snmp-province": {
        "ours": lambda: ours("3") * PROVINCE / MICRO,
        "unit": "CPU s, 7,200 devices",
        "goal": "ours <= 60",
    },
}
