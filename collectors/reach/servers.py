"""Configurations of nats-server: the hub at the centre, and the leaf in each room, which only dials out.

A room's server keeps what its agent hands it until the centre has it in its store: a work queue on
disk. The centre reads every room's queue over the connection that the room opened. Who may do what
hangs on the name in the certificate. Tried with nats-server 2.9, as Debian 12 ships it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collectors.reach.certificates import Authority
from collectors.reach.rooms import name_of

FILE = "nats-server.conf"
HUB, CENTRE = "qianyun-hub", "qianyun-centre"
LARGEST_MESSAGE = 8 << 20
HANDSHAKE_S = 10
"""For TLS over a slow line or on a busy machine; the server's own 2 s break such a line again and again."""
STATE = "/var/lib/qianyun"
SERVICE = """\
# {what}. Made by qianyun collect configure. Killed at any moment it goes on where it was.
[Unit]
Description={what}
Wants=network-online.target
After=network-online.target nats-server.service

[Service]
# Secrets that the manifest names (env:NAME), and QIANYUN_STORE at the centre; readable by root alone.
EnvironmentFile=-{place}/secrets.env
WorkingDirectory={state}
StateDirectory=qianyun
ExecStart=/usr/bin/env qianyun collect {work}
Restart=always
RestartSec=10
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
"""


def stream_of(name: str) -> str:
    """The queue of a room's server, by the room's name."""
    return f"COLLECTED_{name}"


def subject_of(name: str) -> str:
    """Where a room's agent hands in what it collected."""
    return f"collected.{name}"


def inbox_of(name: str) -> str:
    """Where the centre wants a room's answers; no room may write into another's."""
    return f"_INBOX.centre.{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine that a server runs on; the ports are those of NATS unless given.

    Attributes:
        folder: Where its configuration and certificates are written.
        place: The folder on the machine where these files will lie.
        data: The folder on the machine where a room's queue lies.
        clients: Port on loopback, for our own programs only.
        leaves: At the hub, the port where rooms dial in.
        queue_mib: Disk that a room's queue may take; a full one makes the agent wait, nothing is dropped.
    """

    folder: Path
    place: str
    data: str = "/var/lib/nats"
    clients: int = 4222
    leaves: int = 7422
    queue_mib: int = 4096


def write_hub(machine: Machine, host: str, rooms: Sequence[str], authority: Authority) -> Path:
    """Write configuration and certificates of the centre, which rooms reach at a host; the configuration's path."""
    place = machine.place
    authority.issue(machine.folder, HUB, [host])
    authority.issue(machine.folder, CENTRE, [])
    users = "".join(_room_user(room) for room in rooms)
    text = f"""\
# nats-server of the centre: rooms dial in, the centre reads their queues. Made by qianyun collect configure.
server_name: {HUB}

# Our own programs only, on this machine: qianyun collect hub.
host: 127.0.0.1
port: {machine.clients}
max_payload: {LARGEST_MESSAGE}
{_tls(place, HUB)}

# The only port that rooms reach; open it in the firewall for them.
leafnodes {{
  host: 0.0.0.0
  port: {machine.leaves}
  {_tls(place, HUB)}
}}

# One account; the name in a certificate decides what it may do, and everything else is refused.
accounts {{
  QIANYUN {{
    users: [
      # The centre reads each room's queue and says what it has taken in; it cannot empty or delete one.
      {{ user: {CENTRE}, permissions: {{
          publish: ["$JS.*.API.CONSUMER.>", "$JS.*.API.STREAM.INFO.>", "$JS.ACK.>"]
          subscribe: ["_INBOX.centre.>"] }} }}
{users}    ]
  }}
}}
"""
    return _write(machine.folder, text)


def _room_user(room: str) -> str:
    name = name_of(room)
    return f"""\
      # {room}: hears questions about its own queue, answers into its own inbox, sees no other room.
      {{ user: {name}, permissions: {{
          publish: ["{inbox_of(name)}.>"]
          subscribe: ["$JS.{name}.API.>", "$JS.ACK.{stream_of(name)}.>"] }} }}
"""


def write_room(machine: Machine, hub: str, room: str, authority: Authority) -> Path:
    """Write configuration and certificates of a room, which dials the hub at `host:port`; the configuration's path."""
    name, place = name_of(room), machine.place
    authority.issue(machine.folder, name, [])
    text = f"""\
# nats-server of {room}: keeps what was collected until the centre has it. Made by qianyun collect configure.
server_name: {name}

# The room's agent only, on this machine; nothing of this server is reachable from outside.
host: 127.0.0.1
port: {machine.clients}
max_payload: {LARGEST_MESSAGE}
{_tls(place, name)}

# The queue on disk; the domain tells this room's queue from every other.
jetstream {{
  store_dir: "{machine.data}/jetstream"
  domain: {name}
  max_file_store: {machine.queue_mib}MB
}}

accounts {{
  ROOM {{
    jetstream: enabled
    users: [
      # The agent makes its queue and hands in; it cannot take out, empty or delete.
      {{ user: {name}, permissions: {{
          publish: ["{subject_of(name)}", "$JS.API.INFO"
                    "$JS.API.STREAM.CREATE.{stream_of(name)}", "$JS.API.STREAM.INFO.{stream_of(name)}"]
          subscribe: ["_INBOX.>"] }} }}
    ]
  }}
}}

# Dials out to the centre, and again after every break.
leafnodes {{
  reconnect: 2
  remotes: [
    {{ url: "tls://{hub}", account: ROOM
      tls {{ cert_file: "{place}/{name}.pem", key_file: "{place}/{name}.key", ca_file: "{place}/ca.pem",
            timeout: {HANDSHAKE_S} }} }}
  ]
}}
"""
    return _write(machine.folder, text)


def write_services(machine: Machine, *, room: str = "", estate: str = "") -> Path:
    """Write the systemd unit of a room's agent, or of the centre's end over an estate's folder; its path."""
    place = machine.place
    keys = f"--certificates {place} --port {machine.clients}"
    if room:
        name, what = "qianyun-agent.service", f"Qianyun agent of {room}"
        work = f"agent {place}/manifest --trust {place}/trust.yml --key {place}/agent.key {keys} --state {STATE}/room"
    else:
        name, what = "qianyun-hub.service", "Qianyun centre of collection"
        work = f"hub {estate} --key {place}/centre.key {keys}"
    path = machine.folder / name
    path.write_text(SERVICE.format(what=what, place=place, work=work, state=STATE), encoding="utf-8")
    return path


def _tls(place: str, name: str) -> str:
    return (
        f'tls {{ cert_file: "{place}/{name}.pem", key_file: "{place}/{name}.key", '
        f'ca_file: "{place}/ca.pem", verify_and_map: true, timeout: {HANDSHAKE_S} }}'
    )


def _write(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path
