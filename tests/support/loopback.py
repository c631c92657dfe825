"""A host on loopback, as Ansible reaches it."""

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Loopback:
    """An SSH server of our own on loopback, and the variables by which Ansible reaches it."""

    port: int
    key: Path
    known_hosts: Path

    @property
    def variables(self) -> tuple[str, ...]:
        """Arguments that turn any host of the inventory into this one."""
        ssh = f"-o UserKnownHostsFile={self.known_hosts} -o IdentitiesOnly=yes"
        values = {
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": self.key,
            "ansible_ssh_common_args": f"'{ssh}'",
            "ansible_python_interpreter": sys.executable,
        }
        return tuple(part for name, value in values.items() for part in ("--extra-vars", f"{name}={value}"))
