"""The sending half of a side: pull, check, mask, seal, hand over, and hear what became of it.

A parcel is written under `tmp` and brought to the disk; the ledger then notes it as sealed, together with
how its source looked; one rename into `ready` hands it over. A broker killed before the note has pulled
nothing; one killed after it renames when it runs again.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from qianyun.errors import ReadError, UnreachableError
from qianyun.exchange import malware, parcel
from qianyun.exchange.acknowledging import Acknowledgement, acknowledged
from qianyun.exchange.checking import MIB, faults_of, rows_of, traces_left
from qianyun.exchange.inbox import is_plain_name
from qianyun.exchange.keys import private, public, secret
from qianyun.exchange.ledger import ACKNOWLEDGED, DELIVERED, HANDED, REFUSED, SEALED, Ledger, Sent
from qianyun.exchange.masking import Masking, MisfitError
from qianyun.exchange.pulling import Found, found
from qianyun.exchange.resting import Resting
from qianyun.exchange.settings import Settings
from qianyun.policy.channels import Channel
from qianyun.words import _


class Sending:
    """One side, as far as it sends."""

    def __init__(self, settings: Settings, ledger: Ledger, resting: Resting) -> None:
        self._settings, self._ledger, self._resting = settings, ledger, resting
        self._tmp, self._ready = settings.own / "tmp", settings.own / "ready"
        self._key, self._others = private(settings.keys / "signing.key"), public(settings.keys / "other.pub")
        self._secret = secret(settings.keys / "pseudonyms.key")

    def recover(self) -> None:
        """Finish what was sealed or done with, and forget what was not sealed."""
        for each in self._ledger.sent(SEALED):
            self._hand_over(each)
        waiting = {each.folder for each in self._ledger.sent(HANDED)}
        for place in list(self._ready.iterdir()):
            if place.name not in waiting:
                self._forget(place)
        for left in list(self._tmp.iterdir()):
            shutil.rmtree(left, ignore_errors=True)

    def hear(self) -> int:
        """Take in what the other side says of parcels; how many are done."""
        waiting = self._ledger.sent(HANDED)
        heard = [(each, said) for each in waiting if (said := self._said_of(each))]
        for each, said in heard:
            self._close(each, said)
        return len(heard)

    def pull(self) -> int:
        """Look at every source whose time has come; how many parcels were handed over."""
        return sum(self._pull(channel) for channel in self._settings.begins() if self._resting.is_due(channel))

    def _pull(self, channel: Channel) -> int:
        handed = 0
        try:
            for each in self._found(channel):
                handed += self._send(channel, each)
                if self._is_full(channel):
                    break
        except UnreachableError as error:
            self._resting.failed(channel, str(error), self._ledger)
        else:
            self._resting.worked(channel, channel.pull.every_s)
        return handed

    def _found(self, channel: Channel) -> Iterator[Found]:
        if self._is_full(channel):
            return iter(())
        ledger = self._ledger
        return found(channel, self._settings, lambda name: ledger.stamp(channel.name, name), ledger.mark(channel.name))

    def _is_full(self, channel: Channel) -> bool:
        """Whether the other side must first take what waits: back-pressure reaches the source itself."""
        waiting = len(self._ledger.sent(HANDED, channel.name))
        free = shutil.disk_usage(self._settings.ferry).free // MIB
        why = ""
        if waiting >= channel.backlog:
            why = _("{count} parcels wait for the other side").format(count=waiting)
        elif free < self._settings.keep_free_mib:
            why = _("{free} MiB are free for parcels").format(free=free)
        return self._resting.rests(channel, why, self._ledger)

    def _send(self, channel: Channel, found: Found) -> int:
        id_ = parcel.id_of(channel.name, found.name, found.stamp, parcel.digest_of(found.content))
        if self._ledger.has_sent(id_):
            with self._ledger.together():
                self._remember(channel, found)
            return 0
        faults, masked = self._treated(channel, found)
        if faults:
            self._quarantine(channel, found, id_, faults)
            return 0
        return self._seal(channel, found, id_, masked)

    def _treated(self, channel: Channel, found: Found) -> tuple[tuple[str, ...], bytes]:
        if not is_plain_name(found.name):
            return (_("{name!r} is no name of a file that may be delivered").format(name=found.name),), b""
        faults = faults_of(channel, found.content, lambda content: malware.scan(self._settings.scanner, content))
        if faults:
            return faults, b""
        try:
            masked = Masking(channel, self._secret).apply(found.content)
        except MisfitError as error:
            return (_("{field} is no single value").format(field=error),), b""
        return traces_left(channel, masked), masked

    def _seal(self, channel: Channel, found: Found, id_: str, masked: bytes) -> int:
        manifest = parcel.Manifest(
            id=id_,
            number=self._ledger.next_number(),
            channel=channel.name,
            name=found.name,
            digest=parcel.digest_of(masked),
            size=len(masked),
            rows=rows_of(channel, masked),
            masked={mask.field: str(mask.treatment) for mask in channel.masks},
            declaration=self._settings.declaration,
            sealed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        sealed = Sent(number=manifest.number, id=id_, channel=channel.name, state=SEALED)
        parcel.write(self._tmp / sealed.folder, manifest, masked, self._key)
        with self._ledger.together():
            self._ledger.seal(sealed)
            self._remember(channel, found)
            self._log("sealed", channel=channel.name, parcel=id_, name=found.name, rows=manifest.rows)
        self._hand_over(sealed)
        return 1

    def _remember(self, channel: Channel, found: Found) -> None:
        self._ledger.see(channel.name, found.name, found.stamp)
        if found.mark:
            self._ledger.move_mark(channel.name, found.mark)

    def _hand_over(self, sealed: Sent) -> None:
        if (self._tmp / sealed.folder).exists():
            (self._tmp / sealed.folder).rename(self._ready / sealed.folder)
            parcel.sync(self._ready)
            parcel.sync(self._tmp)
        with self._ledger.together():
            self._ledger.send(sealed, HANDED)
            self._log("handed over", channel=sealed.channel, parcel=sealed.id)

    def _quarantine(self, channel: Channel, found: Found, id_: str, faults: tuple[str, ...]) -> None:
        place = self._settings.home / "quarantine" / id_
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        said = {"channel": channel.name, "name": found.name, "faults": faults}
        parcel.durable(place / "content", found.content)
        parcel.durable(place / "why.json", json.dumps(said, ensure_ascii=False, indent=1).encode())
        with self._ledger.together():
            self._remember(channel, found)
            self._log("quarantined", channel=channel.name, name=found.name, place=str(place), faults=faults)

    def _said_of(self, sent: Sent) -> Acknowledgement | None:
        path = self._settings.others / "acks" / f"{sent.folder}.json"
        if not path.exists():
            return None
        try:
            said = acknowledged(path, self._others)
        except ReadError as error:
            self._resting.once(f"ack {sent.id}", self._ledger, "not believed", parcel=sent.id, why=str(error))
            return None
        return said if said.id == sent.id else None

    def _close(self, sent: Sent, said: Acknowledgement) -> None:
        place = self._ready / sent.folder
        delivered = said.state == DELIVERED
        if not delivered and place.exists():
            kept = self._settings.home / "quarantine" / sent.folder
            shutil.copytree(place, kept, dirs_exist_ok=True)
        with self._ledger.together():
            self._ledger.send(sent, ACKNOWLEDGED if delivered else REFUSED)
            self._log(said.state, channel=sent.channel, parcel=sent.id, why=said.why, digest=said.digest)
        self._forget(place)

    def _forget(self, place: Path) -> None:
        """Take a parcel away that is done; aside first, so that the other side never sees half of one."""
        with suppress(FileNotFoundError):
            aside = self._tmp / f"done-{place.name}-{time.time_ns()}"
            place.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def _log(self, event: str, **said: object) -> None:
        self._resting.tell(self._ledger.log(event, **said))
