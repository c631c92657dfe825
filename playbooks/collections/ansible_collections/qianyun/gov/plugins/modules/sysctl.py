"""Kernel settings, as they are now and as they will be after the next boot."""

DOCUMENTATION = r"""
module: sysctl
short_description: Keep kernel settings, now and at boot
description:
  - Writes settings to C(/proc/sys) where they differ, and to one file below C(/etc/sysctl.d) for the next boot.
  - A setting that this kernel does not know fails by its name, before anything is changed.
version_added: "0.1.0"
author: [qianyun (@qianyun)]
options:
  settings:
    description: Values by name, such as C(net.ipv4.ip_forward). Values are compared without regard to blanks.
    type: dict
    required: true
  file:
    description: The file that holds them for the next boot; it holds these settings and no others.
    type: path
    default: /etc/sysctl.d/60-qianyun.conf
  runtime:
    description: Whether the running kernel is changed, too.
    type: bool
    default: true
attributes:
  check_mode:
    description: Tells what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows the file, and the running values.
    support: full
"""

EXAMPLES = r"""
- name: Host does not forward and answers no redirects
  qianyun.gov.sysctl:
    settings:
      net.ipv4.ip_forward: 0
      net.ipv4.conf.all.accept_redirects: 0
"""

RETURN = r"""
running:
  description: Settings of the running kernel that were changed, each with C(before) and C(after).
  returned: always
  type: dict
  sample: {"net.ipv4.ip_forward": {"before": "1", "after": "0"}}
"""

import os
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

ROOT = Path("/proc/sys")


def place(name: str) -> Path:
    """Where a setting lies; dots and slashes change places, as sysctl has it."""
    return ROOT / name.translate(str.maketrans("./", "/."))


def plain(value: object) -> str:
    """A value as it is compared."""
    return " ".join(str(int(value) if isinstance(value, bool) else value).split())


def text(settings: dict[str, str]) -> str:
    """The file's content."""
    return "# Written by qianyun.gov.sysctl; it holds what the playbooks declare.\n" + "".join(
        f"{name} = {value}\n" for name, value in sorted(settings.items())
    )


def main() -> None:
    """Compare, tell, change."""
    options = {
        "settings": {"type": "dict", "required": True},
        "file": {"type": "path", "default": "/etc/sysctl.d/60-qianyun.conf"},
        "runtime": {"type": "bool", "default": True},
    }
    module = AnsibleModule(argument_spec=options, supports_check_mode=True)
    wanted = {name: plain(value) for name, value in module.params["settings"].items()}
    unknown = sorted(name for name in wanted if not place(name).is_file())
    if unknown:
        module.fail_json(msg=f"this kernel has no setting {', '.join(unknown)}")
    now = {name: plain(place(name).read_text()) for name in wanted} if module.params["runtime"] else {}
    running = {name: {"before": now[name], "after": wanted[name]} for name in sorted(now) if now[name] != wanted[name]}
    file = Path(module.params["file"])
    before, after = file.read_text() if file.exists() else "", text(wanted)
    if not module.check_mode:
        apply(module, running)
        if before != after:
            write(module, file, after)
    module.exit_json(
        changed=bool(running) or before != after,
        running=running,
        diff=[
            {"before_header": str(file), "after_header": str(file), "before": before, "after": after},
            {
                "before_header": "running",
                "after_header": "running",
                "before": "".join(f"{name} = {each['before']}\n" for name, each in running.items()),
                "after": "".join(f"{name} = {each['after']}\n" for name, each in running.items()),
            },
        ],
    )


def apply(module: AnsibleModule, running: dict[str, dict[str, str]]) -> None:
    """Write to the running kernel."""
    for name, each in running.items():
        try:
            place(name).write_text(each["after"])
        except OSError as error:
            module.fail_json(msg=f"{name} is not set to {each['after']!r}: {error.strerror}")


def write(module: AnsibleModule, file: Path, content: str) -> None:
    """Write the file, whole or not at all."""
    draft = Path(module.tmpdir) / "sysctl.conf"
    draft.write_text(content)
    os.chmod(draft, 0o644)  # noqa: PTH101 - as the next line does
    module.atomic_move(str(draft), str(file))


if __name__ == "__main__":
    main()
