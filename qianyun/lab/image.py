"""The root file system that all hosts of a lab share: Debian with what the playbooks configure.

It is built once per machine by mmdebstrap from the package sources that this machine itself uses,
under a name that changes with the list of packages, and never written to afterwards.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

from qianyun.errors import LabError
from qianyun.words import _

SUITE = "bookworm"
PACKAGES = (
    "systemd", "systemd-sysv", "openssh-server", "python3", "nftables", "iproute2", "iputils-ping", "procps", "netbase",
    "conntrack", "frr", "frr-pythontools", "keepalived", "radvd", "tayga", "bind9", "chrony", "rsync", "postgresql",
    "restic", "kea-dhcp6-server", "tinyproxy", "ulogd2", "logrotate", "python3-cryptography", "python3-jsonschema",
    "auditd", "libpam-pwquality",
    "bind9-dnsutils", "mariadb-server", "python3-psycopg2",
)  # fmt: skip
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


def image(told: Callable[[str], None]) -> Path:
    """The image of this machine; built first if it is not there, which takes a minute or two.

    Raises:
        LabError: A program is missing, or the build failed; says the end of its log.
    """
    wanted = hashlib.sha256("\n".join((SUITE, *PACKAGES, *LEFT_OUT)).encode()).hexdigest()[:12]
    place = _cache() / f"{SUITE}-{wanted}"
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:  # two labs that begin at once build one image
        flock(lock, LOCK_EX)
        if not place.exists():
            told(_("building the hosts' file system, once per machine: {place}").format(place=place))
            _build(place)
    return place


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qianyun" / "lab"


def _build(place: Path) -> None:
    program, sources = shutil.which("mmdebstrap"), next((path for path in SOURCES if path.exists()), None)
    if program is None or sources is None:
        raise LabError(_("mmdebstrap is not installed or this is no Debian; install the package mmdebstrap"))
    unfinished = place.with_suffix(f".{os.getpid()}")
    command = [
        program, "--quiet", "--variant=minbase", '--aptopt=Acquire::Languages "none"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
        f"--include={','.join(PACKAGES)}", SUITE, str(unfinished), str(sources),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(_("the hosts' file system was not built: {why}").format(why=done.stderr[-2000:].strip()))
        unfinished.replace(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
