"""What lies between the image and a host's own files: its sshd, its keys, and units that no lab host needs."""

import secrets
import shutil
import subprocess
from ipaddress import IPv4Address
from pathlib import Path

from qianyun.estate.topology import Host

SSHD = """\
Port 22
ListenAddress {address}
HostKey /etc/ssh/lab_host_key
AuthorizedKeysFile /etc/ssh/lab_authorized_keys .ssh/authorized_keys
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 500
MaxSessions 500
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
"""

UNIT = """\
[Unit]
Description=sshd on the lab's management bridge
DefaultDependencies=no
[Service]
RuntimeDirectory=sshd
ExecStart=/usr/sbin/sshd -D -e -f /etc/ssh/lab_sshd_config
KillMode=process
Restart=always
"""

MASKED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "console-getty.service", "dbus.service", "dbus.socket",
    "dev-hugepages.mount", "dev-mqueue.mount", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "getty.target", "modprobe@.service", "ssh.service", "ssh.socket",
    "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
    "systemd-hwdb-update.service", "systemd-journal-catalog-update.service", "systemd-logind.service",
    "systemd-modules-load.service", "systemd-random-seed.service", "systemd-remount-fs.service",
    "systemd-sysctl.service", "systemd-sysusers.service", "systemd-udevd.service",
    "systemd-update-utmp-runlevel.service", "systemd-update-utmp.service",
)  # fmt: skip
"""They touch the machine's hardware, clock, modules or sysctls, which are not a lab host's."""

CLOCK = "[Service]\nExecStart=\nExecStart=!/usr/sbin/chronyd -x $DAEMON_OPTS\n"
"""A host of a lab shares the machine's clock: its chrony measures and serves, and sets nothing."""

OFF = (
    "bind9", "chrony", "cron", "frr", "kea-dhcp6-server", "keepalived", "mariadb", "named", "nftables", "postgresql",
    "radvd", "tayga", "tinyproxy", "ulogd2",
)  # fmt: skip
"""Playbooks turn services on; the image does not."""


def lay(layer: Path, image: Path, key: Path) -> None:
    """Write what all hosts share, with the public half of the lab's SSH key."""
    units = layer / "etc/systemd/system"
    wanted = units / "sysinit.target.wants"
    for folder in (layer / "etc/ssh", wanted, layer / "etc/systemd/journald.conf.d", units / "chrony.service.d"):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), layer / "etc/ssh/lab_authorized_keys")
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    (units / "lab-sshd.service").write_text(UNIT)
    (units / "chrony.service.d/lab.conf").write_text(CLOCK)
    (wanted / "lab-sshd.service").symlink_to("../lab-sshd.service")
    (layer / "etc/systemd/journald.conf.d/lab.conf").write_text("[Journal]\nStorage=volatile\nRuntimeMaxUse=4M\n")
    _turn_off(layer, image)


def _turn_off(layer: Path, image: Path) -> None:
    """Hide the links by which services of the image start at boot: a whiteout each, as overlays know them."""
    system = image / "etc/systemd/system"
    for link in sorted(system.glob("*.wants/*.service")):
        if link.name.removesuffix(".service") in OFF:
            hidden = layer / link.relative_to(image)
            hidden.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mknod", str(hidden), "c", "0", "0"], check=True)


def furnish(upper: Path, host: Host, address: IPv4Address) -> str:
    """Write what is a host's own; gives its line of known_hosts."""
    name, etc = host.name, upper / "etc"
    for path, text in host.files.items():
        written = upper / path.lstrip("/")
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(text)
    for service in host.services:
        wanted = etc / "systemd/system/multi-user.target.wants" / f"{service}.service"
        wanted.parent.mkdir(parents=True, exist_ok=True)
        wanted.symlink_to(f"/lib/systemd/system/{service}.service")
    (etc / "ssh").mkdir(parents=True, exist_ok=True)
    key = etc / "ssh/lab_host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key)], check=True)
    (etc / "ssh/lab_sshd_config").write_text(SSHD.format(address=address))
    (etc / "hostname").write_text(f"{name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n")
    (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
    kind, public, *_ = key.with_suffix(".pub").read_text().split()
    return f"{address} {kind} {public}\n"
