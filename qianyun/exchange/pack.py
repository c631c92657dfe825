"""The broker as one file that any Python 3.11 runs: `python -m qianyun.exchange.pack FILE`.

The same sources give the same bytes, so a playbook sees whether a host holds another version.
"""

import sys
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path

from qianyun.words import LANGUAGES

MODULES = ("__init__.py", "errors.py", "words.py", "policy/__init__.py", "policy/channels.py")
MAIN = "import sys\nfrom qianyun.exchange.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"
SHEBANG = b"#!/usr/bin/python3 -I\n"
DAY = (2026, 1, 1, 0, 0, 0)
MODE = 0o644 << 16


def packed() -> bytes:
    """The archive."""
    root = files("qianyun")
    own = sorted(each.name for each in root.joinpath("exchange").iterdir() if each.name.endswith(".py"))
    words = [f"locales/{language}/LC_MESSAGES/qianyun.mo" for language in LANGUAGES]
    entries = {
        "__main__.py": MAIN.encode(),
        **{f"qianyun/{name}": root.joinpath(name).read_bytes() for name in MODULES},
        **{f"qianyun/exchange/{name}": root.joinpath("exchange", name).read_bytes() for name in own},
        **{f"qianyun/{name}": root.joinpath(name).read_bytes() for name in words if root.joinpath(name).is_file()},
    }
    written = BytesIO(SHEBANG)
    written.seek(0, 2)
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, MODE
            archive.writestr(entry, content)
    return written.getvalue()


def main(place: Path) -> None:
    """Write it, if it is not the same already."""
    content = packed()
    if not (place.exists() and place.read_bytes() == content):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
