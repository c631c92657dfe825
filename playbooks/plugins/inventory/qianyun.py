"""Ansible's inventory from the declaration: a shim onto `qianyun.compile.hostvars`."""

from datetime import date
from pathlib import Path

from ansible.plugins.inventory import BaseInventoryPlugin as Base

from qianyun.compile import hostvars, nodes
from qianyun.importers.declaration import load_gateways, load_policy, load_whole_network

DOCUMENTATION = "{name: qianyun, short_description: Hosts of a declaration, options: {plugin: {required: true}}}"


class InventoryModule(Base):  # noqa: D101 - the name is Ansible's
    NAME = "qianyun"

    def verify_file(self, path):  # noqa: ANN001, ANN201, D102 - Ansible's signature
        return super().verify_file(path) and Path(path).name == "qianyun.yml"

    def parse(self, inventory, loader, path, cache=True):  # noqa: ANN001, ANN201, D102, FBT002 - Ansible's signature
        super().parse(inventory, loader, path, cache)
        gateways = load_gateways(Path(path), policy := load_policy(folder := Path(path).parent))
        found = hostvars.inventory_of(policy, gateways, date.today(), nodes.bundles(load_whole_network(folder, policy)))  # noqa: DTZ011 - the wall's day
        [inventory.add_host(host, inventory.add_group(name)) for name, hosts in found.groups.items() for host in hosts]
        [inventory.set_variable(host, *pair) for host, own in found.hosts.items() for pair in own.items()]
