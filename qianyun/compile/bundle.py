"""Files of a host that belong together, as one text that `zone-commit` puts in place or takes back as a whole.

The text is the same, byte for byte, whenever the declaration is the same. Its first line is
`# qianyun bundle DIGEST PART NODE`; before each file stands `=== PATH MODE OWNER ACTION`, after it
`=== end`. ACTION says what makes the file take effect: `sysctl`, `nft`, `UNIT:reload`,
`UNIT:restart` or `none`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from qianyun.errors import CompileError
from qianyun.words import _

MARK = "=== "


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of a host, whole.

    Attributes:
        text: Ends with a line break.
        action: What makes it take effect.
        owner: `USER:GROUP`.
    """

    path: str
    text: str
    action: str = "none"
    mode: str = "0644"
    owner: str = "root:root"


def bundle(digest: str, part: str, node: str, files: Iterable[File], *, routes: bool) -> str:
    """The text of a bundle.

    Args:
        digest: Of the declaration.
        part: Which of a host's bundles it is.
        node: Whose it is.
        files: In the order in which they take effect.
        routes: Static routes that no declaration names go.

    Raises:
        CompileError: A line of a file looks like a mark of ours.
    """
    lines = [f"# qianyun bundle {digest} {part} {node}"]
    for file in files:
        lines.append(f"{MARK}{file.path} {file.mode} {file.owner} {file.action}")
        for line in file.text.splitlines():
            if line.startswith(MARK):
                what = _("{path} of {node} has a line that begins with {mark!r}")
                raise CompileError(what.format(path=file.path, node=node, mark=MARK))
            lines.append(line)
        lines.append(f"{MARK}end")
    if routes:
        lines.append(f"{MARK}routes - - declared")
    return "\n".join(lines) + "\n"
