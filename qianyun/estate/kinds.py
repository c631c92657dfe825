"""Closed words of the estate: levels, outcomes, networks, dispositions.

The values are what YAML, the store and CSV hold; `qianyun.words` gives their names in the
user's language.
"""

from enum import IntEnum, StrEnum


class Level(StrEnum):
    """Level of a department in the administration, highest first."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


class RoomKind(StrEnum):
    """Who owns a machine room."""

    OWNED = "owned"
    RENTED = "rented"
    HOSTED = "hosted"


class RoomOutcome(StrEnum):
    """What becomes of a room; a room is kept for stated reasons only."""

    RETAIN_LOCAL_DATA = "retain_local_data"
    RETAIN_SPECIAL = "retain_special"
    CONVERT_AGGREGATION = "convert_aggregation"
    CLOSE = "close"


class Network(StrEnum):
    """A network that a line or a system is on."""

    INTERNET = "internet"
    DEPARTMENT_PRIVATE = "department_private"
    EXTRANET = "extranet"
    INTRANET = "intranet"
    LAN = "lan"


class Operator(StrEnum):
    """The carrier of a leased line."""

    TELECOM = "telecom"
    MOBILE = "mobile"
    UNICOM = "unicom"
    BROADCAST = "broadcast"
    OTHER = "other"


class Origin(StrEnum):
    """Who had a system built: the nation for all, the province for all, or the owner."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    SELF_BUILT = "self_built"


class Scope(StrEnum):
    """How far down a system is used."""

    UNIT = "unit"
    NATIONAL = "national"
    PROVINCIAL = "provincial"
    PROVINCE_CITY = "province_city"
    PROVINCE_COUNTY = "province_county"
    BELOW_COUNTY = "below_county"


class Category(StrEnum):
    """Layer a system belongs to."""

    APPLICATION = "application"
    SUPPORT = "support"
    INFRASTRUCTURE = "infrastructure"


class Architecture(StrEnum):
    """How users reach a system."""

    BROWSER = "browser"
    CLIENT = "client"
    MIXED = "mixed"


class Secrecy(StrEnum):
    """Classified (涉密) business goes to the government intranet, never to this cloud."""

    CLASSIFIED = "classified"
    UNCLASSIFIED = "unclassified"


class MlpsLevel(IntEnum):
    """Level of protection (等保) of a system or platform, GB/T 22240-2020."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4


class Disposition(StrEnum):
    """What is done with a system."""

    MIGRATE = "migrate"
    INTEGRATE = "integrate"
    TAKE_OVER = "take_over"
    MERGE = "merge"
    RETIRE = "retire"
    INTRANET = "intranet"
    DEFER = "defer"


class ServerKind(StrEnum):
    """What a server is made of; departments list the network's, security's and storage's devices beside them."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    CONTAINER = "container"
    NETWORK = "network"
    SECURITY = "security"
    STORAGE = "storage"


class CpuArch(StrEnum):
    """Instruction set, by the names the kernel uses."""

    X86_64 = "x86_64"
    AARCH64 = "aarch64"
    LOONGARCH64 = "loongarch64"
    SW64 = "sw64"
    MIPS64 = "mips64"


class Environment(StrEnum):
    """What a server is for."""

    PRODUCTION = "production"
    TEST = "test"
    STAGING = "staging"


class DependencyKind(StrEnum):
    """What passes along a dependency."""

    DATA = "data"
    FILE = "file"
    STREAM = "stream"
    REQUEST = "request"


class DependencySource(StrEnum):
    """How a dependency is known."""

    DECLARED = "declared"
    OBSERVED = "observed"


class VendorRole(StrEnum):
    """What a vendor does for a system."""

    DEVELOPMENT = "development"
    MAINTENANCE = "maintenance"
    SECURITY = "security"


class BlackoutKind(StrEnum):
    """Why nobody may change anything for a while."""

    HOLIDAY = "holiday"
    GUARDED = "guarded"
    FLOOD = "flood"
    EXAMINATION = "examination"
    YEAR_END = "year_end"
    BUSINESS_PEAK = "business_peak"


LEAVING = frozenset({RoomOutcome.CLOSE, RoomOutcome.CONVERT_AGGREGATION})
"""Outcomes for which a room must be emptied."""
MERGED = frozenset({Network.INTERNET, Network.DEPARTMENT_PRIVATE})
"""Networks whose lines the cloud makes needless: one egress serves everyone, private networks merge."""
