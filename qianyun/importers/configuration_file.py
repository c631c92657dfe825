"""Configurations and rulesets that came from a device, as text."""

from pathlib import Path

from qianyun.errors import Fault, ReadError
from qianyun.words import _

MOST_BYTES = 64 << 20


def read_configuration(path: Path) -> str:
    """The text of a configuration.

    Raises:
        ReadError: The file is not there, is too large, or is no text.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ReadError(
                Fault(place=str(path), what=_("{size} bytes are too many for a configuration").format(size=size))
            )
        return path.read_bytes().decode()
    except OSError as error:
        raise ReadError(Fault(place=str(path), what=error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        raise ReadError(
            Fault(
                place=f"{path}: byte {error.start}",
                what=_("is no UTF-8 text"),
                mend=_("give the configuration as the device lists it"),
            )
        ) from error
