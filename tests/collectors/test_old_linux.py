"""Hosts that know old words only: busybox alone, as the script meets it, and what CentOS 6 lists."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import linux
from collectors.linux_script import SCRIPT, is_whole, sections
from collectors.outcome import Run
from qianyun.estate.targets import Target

AT = datetime(2026, 1, 1, tzinfo=UTC)
OS = 'ID=busybox\nNAME="Busybox"\nPRETTY_NAME="Busybox on a controller"\n'


def told(text: str, target: Target, run: Run) -> dict[str, object]:
    return {each.attribute: each.value for each in linux.observe(sections(text), target, run, AT)}


@pytest.mark.usefixtures("root")
def test_a_host_with_busybox_alone_runs_the_script_to_its_end(
    needs: Callable[[str], str], target: Callable[..., Target], run: Run, tmp_path: Path
) -> None:
    busybox, box = needs("busybox"), tmp_path / "box"
    for name in ("bin", "proc", "etc", "dev", "sys"):
        (box / name).mkdir(parents=True)
    shutil.copy(busybox, box / "bin" / "busybox")
    names = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in names:
        if name != "busybox":
            (box / "bin" / name).symlink_to("busybox")
    (box / "etc" / "os-release").write_text(OS)
    enter = f"mount --rbind /proc {box}/proc && exec chroot {box} /bin/sh -s"
    command = [needs("unshare"), "--mount", "--net", "sh", "-c", enter]

    output = subprocess.run(command, input=SCRIPT, capture_output=True, text=True, check=True, timeout=120).stdout

    facts = told(output, target("controller", "ssh"), run)
    assert is_whole(output)
    assert (facts["device.family"], facts["device.version"]) == ("busybox", "Busybox on a controller")
    assert str(facts["device.kernel"]).startswith("Linux ")
    assert isinstance(facts["cpu.count"], int)
    assert isinstance(facts["memory.mib"], int)
    assert (
        facts["text.rules"]
        == "0:\tfrom all lookup local \n32766:\tfrom all lookup main \n32767:\tfrom all lookup default"
    )


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(
            'tcp   LISTEN 0      128    0.0.0.0:22    0.0.0.0:*    users:(("sshd",pid=1,fd=3))', id="ss of today"
        ),
        pytest.param(
            'tcp    LISTEN     0      128      *:22      *:*      users:(("sshd",1234,3))', id="ss of CentOS 6"
        ),
        pytest.param("tcp        0      0 0.0.0.0:22      0.0.0.0:*      LISTEN      1234/sshd", id="netstat"),
    ],
)
def test_what_listens_is_read_in_the_words_of_every_age(line: str, target: Callable[..., Target], run: Run) -> None:
    header = "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\nActive Internet connections\n"

    facts = told(f"@@qianyun sockets\n{header}{line}\n@@qianyun end\n", target("h", "ssh"), run)

    assert [(name.split(".")[1:3], value) for name, value in facts.items() if name.startswith("listening")] == [
        (["tcp", "22"], "sshd")
    ]


def test_netstat_tells_ipv6_and_udp_and_who_is_not_known(target: Callable[..., Target], run: Run) -> None:
    lines = "tcp6  0  0 :::8080  :::*  LISTEN  -\nudp   0  0 127.0.0.1:323  0.0.0.0:*        77/chronyd\n"

    facts = told(f"@@qianyun sockets\n{lines}@@qianyun end\n", target("h", "ssh"), run)

    assert {name: value for name, value in facts.items() if name.startswith("listening")} == {
        "listening.tcp.8080.::": "?",
        "listening.udp.323.127.0.0.1": "chronyd",
    }
