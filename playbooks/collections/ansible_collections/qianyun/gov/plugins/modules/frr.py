"""The configuration of FRR, changed without touching sessions that stay as they are."""

DOCUMENTATION = r"""
module: frr
short_description: Keep the configuration of FRR
description:
  - Compares the wanted text with what FRR runs, and gives it only the lines that differ (C(frr-reload.py)), so that
    sessions of BGP and OSPF that are not concerned stay up. The text is then what FRR reads at its next start.
  - A text that FRR does not take fails before anything is changed.
  - FRR turns forwarding on where the text does not say C(no ip forwarding); do not keep that setting elsewhere as well.
version_added: "0.1.0"
author: [qianyun (@qianyun)]
options:
  config:
    description: The whole configuration, as in C(frr.conf).
    type: str
    required: true
  file:
    description: The file that FRR reads when it starts.
    type: path
    default: /etc/frr/frr.conf
  reload:
    description: FRR's own program that compares and changes; of Debian's frr-pythontools.
    type: path
    default: /usr/lib/frr/frr-reload.py
attributes:
  check_mode:
    description: Tells what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows the file, and in RV(deleted) and RV(added) the running lines.
    support: full
"""

EXAMPLES = r"""
- name: Gateway speaks BGP with its operator
  qianyun.gov.frr:
    config: |
      frr defaults traditional
      router bgp 64512
       neighbor 2001:db8:1::1 remote-as 64496
"""

RETURN = r"""
deleted:
  description: Lines that FRR ran and no longer does.
  returned: always
  type: list
  elements: str
  sample: []
added:
  description: Lines that FRR did not run and now does.
  returned: always
  type: list
  elements: str
  sample: ["router bgp 64512"]
"""

import os
import re
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

IMPLIED = re.compile(r"no hostname \S+")
"""FRR always runs with a host name, and takes the host's own where the text names none."""

HEADS = {"Lines To Delete": "deleted", "Lines To Add": "added"}


def compared(module: AnsibleModule, draft: Path) -> dict[str, list[str]]:
    """What FRR would be told."""
    code, said, why = module.run_command([module.params["reload"], "--test", "--stdout", str(draft)])
    if code:
        module.fail_json(msg=f"FRR does not take this configuration: {last(said, why)}")
    return told(said)


def told(said: str) -> dict[str, list[str]]:
    """Lines to delete and to add, out of what frr-reload.py prints."""
    found: dict[str, list[str]] = {"deleted": [], "added": []}
    into: list[str] | None = None
    for line in said.splitlines():
        if line.strip() in HEADS:
            into = found[HEADS[line.strip()]]
        elif into is not None and line.strip() and not re.fullmatch(r"[=-]+", line.strip()) and not IMPLIED.match(line):
            into.append(line.rstrip())
    return found


def last(said: str, why: str) -> str:
    """The end of what a program said."""
    return (why.strip() or said.strip())[-600:]


def main() -> None:
    """Compare, tell, change."""
    options = {
        "config": {"type": "str", "required": True},
        "file": {"type": "path", "default": "/etc/frr/frr.conf"},
        "reload": {"type": "path", "default": "/usr/lib/frr/frr-reload.py"},
    }
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    after = module.params["config"].rstrip("\n") + "\n"
    draft = Path(module.tmpdir) / "frr.conf"
    draft.write_text(after)
    os.chmod(draft, 0o640)  # noqa: PTH101 - as module.atomic_move does
    lines = compared(module, draft)
    file = Path(module.params["file"])
    before = file.read_text() if file.exists() else ""
    if any(lines.values()) and not module.check_mode:
        code, said, why = module.run_command([module.params["reload"], "--reload", "--stdout", str(draft)])
        if code:
            module.fail_json(msg=f"FRR was not changed whole; look at what it runs: {last(said, why)}")
    if before != after and not module.check_mode:
        module.atomic_move(str(draft), str(file))
        module.set_owner_if_different(str(file), "frr", changed=False)
        module.set_group_if_different(str(file), "frr", changed=False)
    diff = {"before_header": str(file), "after_header": str(file), "before": before, "after": after}
    module.exit_json(changed=any(lines.values()) or before != after, diff=diff, **lines)


if __name__ == "__main__":
    main()
