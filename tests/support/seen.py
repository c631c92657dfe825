"""A lab's hosts as our collector sees them: its own script on each, read by its own reader."""

import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime

from collectors.linux import observe
from collectors.linux_script import COMMAND, SCRIPT, is_whole, sections
from collectors.outcome import Run
from qianyun.estate.targets import Target, Transport
from qianyun.lab.running import Lab
from qianyun.verify.network.devices import Device

RUN = Run(id="lab", began_at=datetime(2026, 11, 25, tzinfo=UTC))


def seen(lab: Lab, hosts: Iterable[str]) -> tuple[Device, ...]:
    """What every host says of itself, by its name in the lab: all of them share one machine's serial number."""
    return tuple(_device(lab, host) for host in hosts)


def _device(lab: Lab, host: str) -> Device:
    said = subprocess.run(
        lab.command(host, COMMAND.split()), input=SCRIPT, capture_output=True, text=True, check=True
    ).stdout
    assert is_whole(said), host
    address = str(lab.topology.management(host))
    target = Target(name=host, room="lab", address=address, port=22, transport=Transport.SSH, credential="lab")
    observed = observe(sections(said), target, RUN, datetime.now(UTC))
    return Device(name=host, called=frozenset({host}), attributes={each.attribute: each.value for each in observed})
