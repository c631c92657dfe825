"""Command line: parse, call, print. One module per noun; `app` puts them together."""

from qianyun.cli.app import main

__all__ = ["main"]
