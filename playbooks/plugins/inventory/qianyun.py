"""Ansible's inventory from the declaration: a shim onto `qianyun.compile.hostvars`."""

from datetime import date
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin

from qianyun.compile.hostvars import inventory_of
from qianyun.importers.declaration import load_gateways, load_policy

DOCUMENTATION = "{name: qianyun, short_description: Gateways of a declaration, options: {plugin: {required: true}}}"


class InventoryModule(BaseInventoryPlugin):  # noqa: D101 - the name is Ansible's
    NAME = "qianyun"

    def verify_file(self, path):  # noqa: ANN001, ANN201, D102 - Ansible's signature
        return super().verify_file(path) and Path(path).name == "qianyun.yml"

    def parse(self, inventory, loader, path, cache=True):  # noqa: ANN001, ANN201, D102, FBT002 - Ansible's signature
        super().parse(inventory, loader, path, cache)
        gateways = load_gateways(Path(path), policy := load_policy(Path(path).parent))
        found = inventory_of(policy, gateways, date.today())  # noqa: DTZ011 - the wall's day
        [inventory.add_host(host, inventory.add_group(name)) for name, hosts in found.groups.items() for host in hosts]
        [inventory.set_variable(host, *pair) for host, own in found.hosts.items() for pair in own.items()]
