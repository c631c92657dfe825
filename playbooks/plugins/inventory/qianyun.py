"""Ansible's inventory of an estate: a shim onto `reports.inventory` and `qianyun.compile.hostvars`."""

from datetime import date
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin as Base

from reports.inventory import load_inventory, uncollected

DOCUMENTATION = "{name: qianyun, short_description: An estate's hosts, options: {plugin: {required: true}}}"


class InventoryModule(Base):  # noqa: D101 - the name is Ansible's
    NAME = "qianyun"

    def verify_file(self, path):  # noqa: ANN001, ANN201, D102 - Ansible's signature
        return super().verify_file(path) and Path(path).name == "qianyun.yml"

    def parse(self, inventory, loader, path, cache=True):  # noqa: ANN001, ANN201, D102, FBT002 - Ansible's signature
        super().parse(inventory, loader, path, cache)
        found = load_inventory(Path(path), date.today())  # noqa: DTZ011 - the wall's day
        groups = [(inventory.add_group(name), host) for name, hosts in found.groups.items() for host in hosts]
        with uncollected():
            [inventory.add_host(host, group) for group, host in groups]
            [inventory.set_variable(host, *pair) for host, own in found.hosts.items() for pair in own.items()]
