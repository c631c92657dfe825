"""The declaration of an estate: the YAML of its folder, read with places."""

from qianyun.importers.calendar_file import load_calendar
from qianyun.importers.cloud_file import load_pools
from qianyun.importers.policy_file import load_policy
from qianyun.importers.profile_file import load_profile

__all__ = ["load_calendar", "load_policy", "load_pools", "load_profile"]
