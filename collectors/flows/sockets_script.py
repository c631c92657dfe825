"""The script that reads a Linux server's sockets: fixed text, POSIX sh, it reads and changes nothing.

From CentOS 6 and busybox on. `ss` gives the volume of connections; where it is missing or too old, the
kernel's own tables are read. Namespaces of containers are read through one of their processes; where
the account may not see which namespace a process is in, the processes of containers are known by their
control group, whose name everybody may read. What stays unread is told.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = "@@qianyun"
OWN = "own"
TABLES = ("tcp", "tcp6", "udp", "udp6", "fib_trie", "if_inet6")
MOST_SPACES = 256

SCRIPT = f"""export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
say() {{ echo '{MARK}' "$@"; }}
tables() {{ for f in {" ".join(TABLES)}; do say "$1" "$f"; cat "$2/$f" 2>/dev/null; done; }}
say {OWN} asker; echo "$SSH_CONNECTION"
say {OWN} ports; cat /proc/sys/net/ipv4/ip_local_port_range 2>/dev/null
say {OWN} addresses; ip -o addr show 2>/dev/null </dev/null
say {OWN} ss; ss -H -tunai 2>/dev/null </dev/null && say {OWN} ss-done
tables {OWN} /proc/net
say {OWN} conntrack
{{ cat /proc/net/nf_conntrack || cat /proc/net/ip_conntrack || conntrack -L -o extended; }} 2>/dev/null </dev/null
say {OWN} ip_vs; cat /proc/net/ip_vs 2>/dev/null
say {OWN} hidden; grep -c 'hidepid=[1-9i]' /proc/mounts 2>/dev/null
own=$(readlink /proc/self/ns/net 2>/dev/null)
pids=$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | awk -v own="$own" \
'$(NF-1)=="->" && $NF!=own && !seen[$NF]++ {{split($(NF-2), part, "/"); print part[3]}}' | head -n {MOST_SPACES})
more=$(grep -HE 'docker|containerd|kubepods|libpod|cri-|lxc' /proc/[0-9]*/cgroup 2>/dev/null | awk -F: \
'{{split($1, part, "/")}} !done[part[3]]++ && !seen[$NF]++ {{print part[3]}}' | head -n {MOST_SPACES})
for p in $pids; do tables "$p" "/proc/$p/net"; done
for p in $more; do readlink "/proc/$p/ns/net" >/dev/null 2>&1 || tables "$p" "/proc/$p/net"; done
say end
"""
DIGEST = hashlib.sha256(SCRIPT.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of one network namespace; `space` is `own` or the process it was read through."""

    space: str
    table: str
    text: str


def sections(output: str) -> Iterator[Section]:
    """The script's output by table; what stands before the first mark (a banner) is dropped."""
    for part in re.split(rf"^{re.escape(MARK)} ", output, flags=re.MULTILINE)[1:]:
        head, _newline, text = part.partition("\n")
        space, _blank, table = head.strip().partition(" ")
        yield Section(space=space, table=table, text=text)


def is_whole(output: str) -> bool:
    """Whether the script ran to its end."""
    return re.search(rf"^{re.escape(MARK)} end$", output, re.MULTILINE) is not None
