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
        policy = load_policy(Path(path).parent)
        found = inventory_of(policy, load_gateways(Path(path), policy), date.today())  # noqa: DTZ011 - the wall's day
        for group, hosts in found.groups.items():
            [inventory.add_host(host, inventory.add_group(group)) for host in hosts]
        for host, variables in found.hosts.items():
            [inventory.set_variable(host, name, value) for name, value in variables.items()]
