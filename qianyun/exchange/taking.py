"""The taking half of a side: believe nothing, copy, check again, deliver, acknowledge.

What lies in the other side's half of the ferry may change under our hands, so a parcel is read once, and
only what was read is judged and delivered.
"""

from pathlib import Path

from qianyun.errors import ReadError, UnreachableError
from qianyun.exchange import malware, parcel
from qianyun.exchange.acknowledging import Acknowledgement, acknowledge
from qianyun.exchange.checking import MIB, traces_left
from qianyun.exchange.content import is_content
from qianyun.exchange.delivering import deliver
from qianyun.exchange.keys import private, public
from qianyun.exchange.ledger import DELIVERED, REFUSED, Ledger
from qianyun.exchange.parcel import SIGNATURE, Manifest
from qianyun.exchange.resting import Resting
from qianyun.exchange.settings import Settings
from qianyun.policy.channels import Channel
from qianyun.words import _


class Taking:
    """One side, as far as it takes."""

    def __init__(self, settings: Settings, ledger: Ledger, resting: Resting) -> None:
        self._settings, self._ledger, self._resting = settings, ledger, resting
        self._acks, self._ready = settings.own / "acks", settings.others / "ready"
        self._key, self._others = private(settings.keys / "signing.key"), public(settings.keys / "other.pub")
        self._most = max((channel.most_mib for channel in settings.ends().values()), default=1) * MIB * 2

    def take(self) -> int:
        """Take what lies ready, by number; how many parcels are done with."""
        waiting = sorted(path for path in self._ready.iterdir() if not path.name.startswith("."))
        return sum(self._take(path) for path in waiting if not self._ack(path).exists())

    def tidy(self) -> None:
        """Take acknowledgements away that the other side has read: its parcel is gone."""
        for path in self._acks.glob("*.json"):
            if not (self._ready / path.stem).exists():
                path.unlink(missing_ok=True)

    def _ack(self, place: Path) -> Path:
        return self._acks / f"{place.name}.json"

    def _take(self, place: Path) -> int:
        try:
            manifest, payload = parcel.read(place, self._others, self._most)
            signature = parcel.limited(place / SIGNATURE, 1 << 10)
            channel = self._fit(place, manifest, payload)
        except ReadError as error:
            if not place.exists():  # the other side took it back: it was acknowledged
                return 0
            return self._refuse(place, str(error))
        except UnreachableError as error:
            self._resting.once("scanner", self._ledger, "waits", parcel=place.name, why=str(error))
            return 0
        if not self._resting.is_due(channel):
            return 0
        return self._deliver(channel, place, manifest, payload, signature)

    def _fit(self, place: Path, manifest: Manifest, payload: bytes) -> Channel:
        """The channel of a parcel that is what this side expects of it, whatever the other side checked."""
        channel = self._settings.ends().get(manifest.channel)
        if channel is None:
            raise ReadError(_("the channel {name!r} does not end on this side").format(name=manifest.channel))
        if place.name != manifest.folder:
            raise ReadError(_("lies under the name of another parcel"))
        if manifest.masked != {mask.field: str(mask.treatment) for mask in channel.masks}:
            raise ReadError(_("was masked by other rules than this side holds"))
        if not is_content(payload, channel.content):
            raise ReadError(_("is no {kind} by its content").format(kind=channel.content))
        if found := malware.scan(self._settings.scanner, payload):
            raise ReadError(_("malware: {found}").format(found=found))
        if left := traces_left(channel, payload):
            raise ReadError("; ".join(left))
        return channel

    def _deliver(self, channel: Channel, place: Path, manifest: Manifest, payload: bytes, signature: bytes) -> int:
        try:
            deliver(channel, self._settings, manifest, payload, signature)
        except UnreachableError as error:
            self._resting.failed(channel, str(error), self._ledger)
            return 0
        except ReadError as error:
            return self._refuse(place, str(error))
        self._resting.worked(channel, 0)
        said = Acknowledgement(id=manifest.id, state=DELIVERED, why="", digest=manifest.digest)
        return self._acknowledge(place, channel.name, said)

    def _refuse(self, place: Path, why: str) -> int:
        said = Acknowledgement(id=place.name.rpartition("-")[2], state=REFUSED, why=why, digest="")
        return self._acknowledge(place, "", said)

    def _acknowledge(self, place: Path, channel: str, said: Acknowledgement) -> int:
        with self._ledger.together():
            if self._ledger.taken(said.id) is None:
                self._ledger.take(said.id, channel, said.state, said.why)
                told = self._ledger.log(said.state, channel=channel, parcel=said.id, why=said.why, digest=said.digest)
                self._resting.tell(told)
        acknowledge(self._ack(place), said, self._key)
        return 1
