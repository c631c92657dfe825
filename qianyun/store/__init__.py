"""Remember it: SQLite by default, PostgreSQL for teams; the only SQL."""

from qianyun.store.comparison import Comparison, Conflicts, Difference, FieldChange, Verdict
from qianyun.store.declared import Cause, Change
from qianyun.store.observed import Delivery, Run
from qianyun.store.planned import SavedPlan
from qianyun.store.store import EDIT, Store
from qianyun.store.tracked import Held

__all__ = [
    "EDIT",
    "Cause",
    "Change",
    "Comparison",
    "Conflicts",
    "Delivery",
    "Difference",
    "FieldChange",
    "Held",
    "Run",
    "SavedPlan",
    "Store",
    "Verdict",
]
