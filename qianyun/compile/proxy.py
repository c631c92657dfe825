"""A proxy with a list of names that may be reached, for those who are to reach nothing else: tinyproxy.

Source: tinyproxy.conf(5) 1.11.
"""

import re

from qianyun.compile.bundle import File
from qianyun.policy.egress import Egress

UNIT = "tinyproxy.service:restart"
FILTER = "/etc/tinyproxy/allowed"


def files(egress: Egress) -> tuple[File, ...]:
    """The configuration and the list; nothing where no proxy is declared."""
    if egress.proxy is None:
        return ()
    lines = [
        "User tinyproxy", "Group tinyproxy", f"Port {egress.proxy.port}", "Timeout 600", "MaxClients 200",
        'LogFile "/var/log/tinyproxy/tinyproxy.log"', 'PidFile "/run/tinyproxy/tinyproxy.pid"', "LogLevel Connect",
        "DisableViaHeader Yes", f'Filter "{FILTER}"', "FilterDefaultDeny Yes", "FilterExtended On", "ConnectPort 443",
        *(f"Allow {prefix}" for prefix in egress.proxy.clients),
    ]  # fmt: skip
    names = [f"^(.+\\.)?{re.escape(name)}$" for name in egress.proxy.allowed]
    return (
        File(path=FILTER, text="".join(f"{name}\n" for name in names), action=UNIT),
        File(path="/etc/tinyproxy/tinyproxy.conf", text="".join(f"{line}\n" for line in lines), action=UNIT),
    )
