"""Delivery to a folder on the portal's server, below `POSTING_FOLDER` and the biller's short
name."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from posting.files.errors import AnotherFileThere, DeliveryError
from posting.models import PostingFile


def deliver_to_folder(content: IO[bytes], *, file: PostingFile, folder: str) -> str:
    """Writes the file under a temporary name, and renames it once it is on disk. Returns its path.
    Raises DeliveryError, including when another file already has the name."""
    name = file.name
    try:
        place = folder_of(file.biller.slug, folder)
        place.mkdir(parents=True, exist_ok=True)
        for left in place.glob(f".{name}.*.part"):  # left behind by a process that was killed
            left.unlink(missing_ok=True)
        if (place / name).exists():
            _check_same(place / name, file.sha256)
            return str(place / name)
        temporary = place / f".{name}.{file.attempts}.part"
        try:
            _write(content, temporary)
            os.replace(temporary, place / name)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(place)
    except OSError as problem:
        words = _("The folder can't be written to: %(why)s.")
        raise DeliveryError(words % {"why": problem.strerror or type(problem).__name__}) from None
    return str(place / name)


def folder_of(biller: str, folder: str) -> Path:
    """Returns the folder. Raises DeliveryError if it leads out of the biller's."""
    if not settings.POSTING_FOLDER:
        raise DeliveryError(_("This portal has no folder for payment files (POSTING_FOLDER)."))
    own = Path(settings.POSTING_FOLDER).resolve() / biller
    place = (own / folder).resolve()
    if not own.resolve().is_relative_to(own) or not place.is_relative_to(own):
        raise DeliveryError(_("The folder is outside the biller's folder."))
    return place


def _check_same(path: Path, sha256: str) -> None:
    with path.open("rb") as there:
        if hashlib.file_digest(there, "sha256").hexdigest() != sha256:
            raise AnotherFileThere


def _write(content: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Makes sure that the new name is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
