"""An SNMP agent that answers from a recording: v2c and v3 authPriv, on a loopback address without root."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from pyasn1.codec.ber import decoder
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.smi.instrum import AbstractMibInstrumController

from collectors.agents.recording import Recording
from collectors.ber import IP_ADDRESS, NULL, NUMBERS, OBJECT, OCTETS, OPAQUE, Oid, Varbind, decode_oid, frame
from collectors.credentials import Community, User
from collectors.pysnmp_asker import AUTH, PRIV

EVERYTHING = (1, 3), (1, 0)
READERS = "readers"
SPECS = {
    0x02: rfc1902.Integer32(),
    OCTETS: rfc1902.OctetString(),
    OBJECT: rfc1902.ObjectIdentifier(),
    IP_ADDRESS: rfc1902.IpAddress(),
    0x41: rfc1902.Counter32(),
    0x42: rfc1902.Gauge32(),
    0x43: rfc1902.TimeTicks(),
    OPAQUE: rfc1902.Opaque(),
    0x46: rfc1902.Counter64(),
}


class _Replay(AbstractMibInstrumController):  # type: ignore[misc]  # pysnmp is untyped
    """The recording as pysnmp's responders want to read it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def read_variables(self, *varbinds: tuple[Oid, object], **_context: object) -> list[tuple[object, object]]:
        return [
            (name, _value(found) if (found := self._recording.get(tuple(name))) else rfc1905.noSuchInstance)
            for name, _ in varbinds
        ]

    def read_next_variables(self, *varbinds: tuple[Oid, object], **_context: object) -> list[tuple[object, object]]:
        following = [(name, self._recording.after(tuple(name))) for name, _ in varbinds]
        return [
            (rfc1902.ObjectName(decode_oid(found.oid)), _value(found)) if found else (name, rfc1905.endOfMibView)
            for name, found in following
        ]


def _value(varbind: Varbind) -> object:
    if varbind.tag == NULL:
        return rfc1902.Null("")
    if varbind.tag in NUMBERS | {OCTETS, OBJECT, IP_ADDRESS, OPAQUE}:
        value, _rest = decoder.decode(frame(varbind.tag, varbind.value), asn1Spec=SPECS[varbind.tag])
        return value
    raise ValueError(f"a recording holds no {varbind.tag:#04x}")


@contextmanager
def answering(
    recording: Recording, credential: Community | User, address: str = "127.0.0.1", port: int = 0
) -> Iterator[int]:
    """Answer from a recording while the block runs, in the running event loop; gives the port.

    A change (SET) is refused.
    """
    loop = asyncio.get_running_loop()
    agent = engine.SnmpEngine()
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setblocking(False)  # noqa: FBT003 - the standard library has it so
    bound.bind((address, port))
    transport = udp.UdpAsyncioTransport(loop=loop)
    opened = transport.open_server_mode(sock=bound)
    config.add_transport(agent, udp.DOMAIN_NAME, opened)
    _admit(agent, credential)
    surroundings = context.SnmpContext(agent)
    surroundings.unregister_context_name(b"")
    surroundings.register_context_name(b"", _Replay(recording))
    for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder):
        responder(agent, surroundings)
    agent.transport_dispatcher.job_started(1)
    try:
        yield int(bound.getsockname()[1])
    finally:
        agent.close_dispatcher()


def _admit(agent: engine.SnmpEngine, credential: Community | User) -> None:
    """Let this credential read everything and write nothing."""
    if isinstance(credential, Community):
        config.add_v1_system(agent, READERS, credential.community.reveal())
        model, level, name = 2, "noAuthNoPriv", READERS
    else:
        config.add_v3_user(
            agent,
            credential.name,
            AUTH[credential.auth],
            credential.auth_password.reveal(),
            PRIV[credential.priv],
            credential.priv_password.reveal(),
        )
        model, level, name = 3, "authPriv", credential.name
    for subtree in EVERYTHING:
        config.add_vacm_user(agent, model, name, level, subtree)
