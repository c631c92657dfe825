"""Backup sets: what of which host is kept where, when, for how long, and how often that is proved.

Source: GB/T 22239-2019 8.1.4.9 (backup and recovery of data).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSet:
    """One set of a department's host; its password is a secret and stands elsewhere.

    Attributes:
        name: Unique; of a-z, 0-9 and hyphens.
        host: As Ansible knows it.
        repository: The department's, at the disaster-backup centre.
        before: Shell text that is run first, such as a dump of a database.
        at: When it is backed up, as systemd.time(7) writes calendars; `proved_at` when a restore is compared.
        keep_days: Days of which the last snapshot is kept; `keep_months` likewise.
        source: `file:line` of the declaration, for messages.
    """

    name: str
    host: str
    department: str
    repository: str
    paths: tuple[str, ...]
    before: str = ""
    at: str = "*-*-* 01:30:00"
    proved_at: str = "Sun *-*-* 04:00:00"
    keep_days: int = 30
    keep_months: int = 12
    source: str = ""
