"""Words in the user's language: gettext catalogues `en` and `zh_CN`, both complete.

The language is taken from `--lang`, else `QIANYUN_LANG`, else the locale; Chinese is the
default where none says otherwise. Strings are marked at the place where they are shown:
`_("…{name}…").format(name=…)`; messages of domain errors too.
"""

import gettext
import os
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

LANGUAGES = ("zh_CN", "en")
LOCALES = Path(__file__).parent / "locales"


def language_of(environment: dict[str, str] | os._Environ[str]) -> str:
    """The language an environment asks for; Chinese when it names none that we have."""
    for name in ("QIANYUN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value.startswith("en") or value in ("C", "POSIX", "C.UTF-8"):
            return "en"
        if value.startswith("zh"):
            return "zh_CN"
    return "zh_CN"


_FROM_ENVIRONMENT = language_of(os.environ)
_language: ContextVar[str] = ContextVar("language", default=_FROM_ENVIRONMENT)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read as a resource, since a host may hold us as one archive."""
    compiled = files("qianyun").joinpath("locales", language, "LC_MESSAGES", "qianyun.mo")
    return gettext.GNUTranslations(BytesIO(compiled.read_bytes())) if compiled.is_file() else gettext.NullTranslations()


def language() -> str:
    """The language in force, `en` or `zh_CN`."""
    return _language.get()


def speak(language: str) -> None:
    """Use this language from now on in this context; one of `LANGUAGES`.

    The command line's own words (usage, options) come through the standard library's default
    domain, which is process-wide; processes started from here speak the same language.
    """
    _language.set(language)
    os.environ["QIANYUN_LANG"] = os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("qianyun", LOCALES)
    gettext.textdomain("qianyun")


def _(text: str) -> str:
    """`text` in the language in force; `text` itself where the catalogue lacks it."""
    return _catalogue(_language.get()).gettext(text)


def label(kind: str, value: str) -> str:
    """Name of a closed word, for example `label("Level", "province")`: 省."""
    return _catalogue(_language.get()).pgettext(kind, value)
