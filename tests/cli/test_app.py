"""The command line as a user meets it."""

import subprocess
import sys


def test_help_names_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "qianyun", "--help"], capture_output=True, text=True, check=True)

    assert "qianyun" in done.stdout
