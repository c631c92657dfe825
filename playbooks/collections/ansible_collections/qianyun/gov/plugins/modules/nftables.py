"""One table of nftables, as the kernel holds it."""

DOCUMENTATION = r"""
module: nftables
short_description: Keep one table of nftables
description:
  - Loads a table in one transaction; every other table is left alone, also one of the same name in another family.
  - Whether it differs is told by the kernel. The wanted text is loaded in a network namespace of its own, and both
    listings are compared, so layout, comments and the order of elements change nothing.
  - For rules that can cut the controller off, use a role that confirms them over a new connection.
version_added: "0.1.0"
author: [qianyun (@qianyun)]
options:
  table:
    description: Name of the table.
    type: str
    required: true
  family:
    description: Its family.
    type: str
    choices: [inet, ip, ip6, arp, bridge, netdev]
    default: inet
  ruleset:
    description: The text that defines the table, as for C(nft --file); it may define no other. Required for C(present).
    type: str
  state:
    description: Whether the table is there.
    type: str
    choices: [present, absent]
    default: present
  nft:
    description: The program nft.
    type: path
    default: /usr/sbin/nft
attributes:
  check_mode:
    description: Tells what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows both listings.
    support: full
"""

EXAMPLES = r"""
- name: Host takes SSH from the management network alone
  qianyun.gov.nftables:
    table: management
    ruleset: |
      table inet management {
        chain input {
          type filter hook input priority 0; policy accept;
          tcp dport 22 ip saddr != 10.0.0.0/24 drop
        }
      }

- name: Table of an earlier programme is gone
  qianyun.gov.nftables:
    table: legacy
    state: absent
"""

RETURN = r"""
listing:
  description: The table as the kernel lists it in the end, without counters; empty when it is absent.
  returned: always
  type: str
  sample: "table inet management {\n}\n"
"""

import json

from ansible.module_utils.basic import AnsibleModule

SCRIPT = '"$1" --file - && "$1" --json list tables && "$1" --stateless list table "$2" "$3"'


def listing(module: AnsibleModule) -> str:
    """The table as it is; empty when there is none."""
    options = module.params
    command = [options["nft"], "--stateless", "list", "table", options["family"], options["table"]]
    code, said, _why = module.run_command(command)
    return said if code == 0 else ""


def wanted(module: AnsibleModule) -> str:
    """The table as the kernel will list it."""
    options = module.params
    if options["state"] == "absent":
        return ""
    command = ["unshare", "--net", "sh", "-c", SCRIPT, "sh", options["nft"], options["family"], options["table"]]
    code, said, why = module.run_command(command, data=options["ruleset"])
    if code:
        module.fail_json(
            msg=f"the kernel does not take the table {options['family']} {options['table']}: {why.strip()}"
        )
    tables, _newline, listed = said.partition("\n")
    held = [each["table"] for each in json.loads(tables)["nftables"] if "table" in each]
    others = [f"{each['family']} {each['name']}" for each in held if not _is_ours(options, each)]
    if others:
        module.fail_json(msg=f"the text defines {', '.join(others)} as well; give each table a task of its own")
    return listed


def _is_ours(options: dict[str, str], table: dict[str, str]) -> bool:
    return (table["family"], table["name"]) == (options["family"], options["table"])


def load(module: AnsibleModule) -> None:
    """Replace the table in one transaction."""
    options = module.params
    name = f"{options['family']} {options['table']}"
    text = f"table {name} {{}}\ndelete table {name}\n{options['ruleset'] if options['state'] == 'present' else ''}\n"
    code, _said, why = module.run_command([options["nft"], "--file", "-"], data=text)
    if code:
        module.fail_json(msg=f"the table {name} was not loaded, and is as before: {why.strip()}")


def main() -> None:
    """Compare, tell, load."""
    options = {
        "table": {"type": "str", "required": True},
        "family": {"type": "str", "choices": ["inet", "ip", "ip6", "arp", "bridge", "netdev"], "default": "inet"},
        "ruleset": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "nft": {"type": "path", "default": "/usr/sbin/nft"},
    }
    needs = [("state", "present", ["ruleset"])]
    module = AnsibleModule(argument_spec=options, required_if=needs, supports_check_mode=True)
    before, after = listing(module), wanted(module)
    if before != after and not module.check_mode:
        load(module)
    name = f"table {module.params['family']} {module.params['table']}"
    diff = {"before_header": name, "after_header": name, "before": before, "after": after}
    module.exit_json(changed=before != after, listing=after, diff=diff)


if __name__ == "__main__":
    main()
