"""What moves is read as it is declared, and every fault of the file is told with its line."""

from pathlib import Path

import pytest

from qianyun.errors import DeclarationError
from qianyun.estate.moving import PartKind
from qianyun.importers.declaration import load_moves, load_policy

REHEARSAL = Path(__file__).parent.parent.parent / "inventory" / "rehearsal"
FAULTY = """\
hosts:
  - {name: room-server, address: 10.0.0.300}
  - {name: app, address: 10.0.0.2, port: 70000}
moves:
  - name: Permits
    system: 甲局/办件
    downtime_s: soon
    parts:
      - {name: data, kind: postgresql, from: app, to: databse, databases: [permits]}
      - {name: papers, kind: file, from: app, to: app}
      - {name: more, kind: files, from: app, to: app, path: srv/papers, owner: root}
    service: {unit: permits.service, from: app, to: app, port: 8080, path: /health}
    leaves: {host: app, interface: eth0, addresses: [172.30.0.114]}
    takes: {host: app, interface: eth0, addresses: [nowhere]}
    record: {server: app, name: permits.example, zone: rehearsal.example, ttl_s: 1}
    new_flows: [permits-ofice]
"""


def test_the_rehearsals_move_says_what_is_carried_and_how() -> None:
    moves = load_moves(REHEARSAL, load_policy(REHEARSAL))

    move = moves.of("permits")

    assert move is not None
    assert [(part.name, part.kind) for part in move.parts] == [
        ("database", PartKind.POSTGRESQL), ("program", PartKind.FILES), ("papers", PartKind.FILES),
    ]  # fmt: skip
    assert set(move.hosts()) == {host.name for host in moves.hosts} - {"gw-extranet"}


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    tmp_path.joinpath("moves.yml").write_text(FAULTY)

    with pytest.raises(DeclarationError) as caught:
        load_moves(tmp_path, load_policy(REHEARSAL))

    said = [str(fault) for fault in caught.value.faults]
    for fault in (
        "moves.yml:2: '10.0.0.300' is no address",
        "moves.yml:3: 70000 is no port; ports are 1 to 65535",
        "moves.yml:5: 'Permits' does not fit; a-z, 0-9 and underscores, such as permits",
        "moves.yml:5: host 'databse' is declared nowhere",
        "moves.yml:7: downtime_s is 'soon'; a whole number belongs here",
        "moves.yml:9: lacks 'cluster'",
        "moves.yml:10: kind is 'file'; one of files, postgresql, dump belongs here",
        "moves.yml:11: 'srv/papers' does not fit; an absolute path",
        "moves.yml:14: 'nowhere' does not fit; an address with its prefix length",
        "moves.yml:15: 'permits.example' does not lie in the zone 'rehearsal.example'",
        "moves.yml:16: flow 'permits-ofice' is declared nowhere; did you mean 'permits-office'",
    ):
        assert fault in said, said
