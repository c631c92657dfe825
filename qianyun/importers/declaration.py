"""The declaration of an estate: the YAML of its folder, read with places."""

from qianyun.importers.calendar_file import load_calendar
from qianyun.importers.cloud_file import load_pools

__all__ = ["load_calendar", "load_pools"]
