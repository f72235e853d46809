"""Delivering built files, with retries until it works.

An attempt is claimed before anything is sent, for longer than it can take. If the process is
killed, another one takes over after that. The same file always has the same name and content, so
delivering it twice changes nothing. A file never overtakes an earlier one of its biller.
"""

import logging
import time
from datetime import datetime, timedelta
from math import inf
from tempfile import TemporaryFile
from typing import IO

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from icsso.billers.models import Biller
from posting.files.content import measured
from posting.files.errors import DeliveryError
from posting.files.folders import deliver_to_folder
from posting.files.sftp import Server, deliver_by_sftp
from posting.models import Destination, PostingFile

logger = logging.getLogger(__name__)
CLAIM = timedelta(minutes=30)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=2)
State = PostingFile.State


def deliver_due(biller: Biller, now: datetime, *, until: float = inf) -> int:
    """Delivers the biller's files in the order of their numbers. Returns how many. Until a file is
    delivered, later ones wait, so that no reversal arrives before its payment, and an unavailable
    server is tried only once. Redeliveries don't hold up other files.

    until: by `time.monotonic`; after that, no delivery begins, and one in progress is broken off.
    """
    delivered = 0
    waiting = PostingFile.objects.filter(biller=biller, next_attempt_at__isnull=False)
    for file in waiting.order_by("number")[:100]:
        if time.monotonic() > until:
            break
        is_due = file.next_attempt_at is not None and file.next_attempt_at <= now
        if not is_due or not claim(file, now):
            if file.delivered_at is None:
                break
            continue
        if not deliver(file, until=until):
            break
        delivered += 1
    return delivered


def claim(file: PostingFile, now: datetime) -> bool:
    """Returns whether this process may try now."""
    unclaimed = PostingFile.objects.filter(pk=file.pk, next_attempt_at=file.next_attempt_at)
    file.next_attempt_at, file.attempts = now + CLAIM, file.attempts + 1
    return bool(unclaimed.update(next_attempt_at=file.next_attempt_at, attempts=file.attempts))


def deliver(file: PostingFile, *, until: float = inf) -> bool:
    """Returns whether it is delivered now. file: claimed. until: see `deliver_due`."""
    own = PostingFile.objects.filter(pk=file.pk)
    try:
        # Stored in English, and translated where it is shown.
        with translation.override("en"), TemporaryFile() as copy:
            place = _send(file, copy, until=until)
    except DeliveryError as problem:
        logger.warning(
            "payment file not delivered",
            extra={"biller": file.biller.slug, "file": file.number, "attempt": file.attempts},
        )
        # Unless another process has taken over in the meantime and may have delivered it.
        own.filter(attempts=file.attempts).update(
            state=State.FAILING,
            last_error=str(problem)[:500],
            next_attempt_at=timezone.now() + wait_after(file.attempts),
        )
        return False
    own.update(
        state=State.DELIVERED,
        last_error="",
        next_attempt_at=None,
        delivered_at=timezone.now(),
        delivered_to=place[:500],
    )
    return True


def wait_after(attempts: int) -> timedelta:
    """Returns how long to wait after this many attempts: twice as long each time, up to a limit."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 10)
    return min(doubled, LONGEST_WAIT)


def deliver_again(file: PostingFile) -> None:
    """Makes the next `post_payments` deliver it, whatever its state."""
    PostingFile.objects.filter(pk=file.pk).update(
        state=State.BUILT, next_attempt_at=timezone.now(), last_error=""
    )


def server_of(destination: Destination) -> Server:
    names = ("host", "port", "username", "password", "private_key", "host_key", "folder")
    return Server(**{name: getattr(destination, name) for name in names})


def _send(file: PostingFile, copy: IO[bytes], *, until: float) -> str:
    """Returns the place where the file is now."""
    destination = Destination.objects.filter(biller=file.biller).first()
    if destination is None or destination.kind == Destination.Kind.NONE:
        raise DeliveryError(_("The biller has no destination for payment files."))
    if measured(file, copy) != (file.size, file.sha256):
        raise DeliveryError(_("The content is not what was built. Ask the portal's operator."))
    copy.seek(0)
    if destination.kind == Destination.Kind.FOLDER:
        return deliver_to_folder(copy, file=file, folder=destination.folder)
    deliver_by_sftp(copy, file=file, server=server_of(destination), until=until)
    return destination.in_words
