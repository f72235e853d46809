"""Delivery by SFTP. A user name, a password, or a file is sent only to a server whose key has the
fingerprint that staff confirmed.

Everything has a timeout. paramiko's own log stays off, because its messages contain what a server
says.
"""

import base64
import hashlib
import io
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from django.utils.translation import gettext as _
from paramiko.sftp_client import SFTPClient

from posting.files.errors import AnotherFileThere, DeliveryError
from posting.models import PostingFile

CONNECT, HANDSHAKE, ANSWER = 10, 20, 30  # seconds
LONGEST = 20 * 60  # seconds, for one file
PIECE = 32 * 1024  # bytes: the size that every server accepts
MOST_NAMES = 20
KEY_TYPES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Server:
    """host_key: the confirmed fingerprint; empty if none is confirmed yet."""

    host: str
    port: int
    username: str
    password: str
    private_key: str
    host_key: str
    folder: str


def fingerprint_of(server: Server) -> str:
    """Returns the key's fingerprint as OpenSSH shows it. Raises DeliveryError."""
    with _failing_in_words(), _connected(server) as transport:
        return _fingerprint(transport)


def names_in_folder(server: Server) -> list[str]:
    """Returns up to 20 names of files there. Raises DeliveryError."""
    with _failing_in_words(), _signed_in(server) as sftp:
        return sorted(sftp.listdir(server.folder or "."))[:MOST_NAMES]


def deliver_by_sftp(content: IO[bytes], *, file: PostingFile, server: Server, until: float) -> None:
    """Uploads under a temporary name, checks the size, and renames. An existing file with the name
    is never replaced: if it has the same content, there is nothing left to do.

    until: by `time.monotonic`, when an upload in progress is broken off. Raises DeliveryError.
    """
    folder = f"{server.folder.rstrip('/')}/" if server.folder else ""
    hidden, final = f"{folder}.{file.name}.", folder + file.name
    temporary = f"{hidden}{file.attempts}.part"
    deadline = min(time.monotonic() + LONGEST, until)
    with _failing_in_words(), _signed_in(server) as sftp:
        if _is_there(sftp, final, file, deadline=deadline):
            _remove_earlier(sftp, hidden, file.attempts)
            return
        try:
            _upload(sftp, content, temporary, deadline=deadline)
            _check_size(sftp, temporary, file.size)
            # Not POSIX's variant, which would replace a file that has appeared there in the
            # meantime.
            sftp.rename(temporary, final)
        except BaseException:
            with suppress(Exception):  # unreachable by now; the next attempt removes the file
                sftp.remove(temporary)
            raise
        _check_size(sftp, final, file.size)
        _remove_earlier(sftp, hidden, file.attempts)


def read_private_key(text: str) -> paramiko.PKey:
    """Raises ValueError for anything but an unencrypted Ed25519, ECDSA, or RSA key."""
    for kind in KEY_TYPES:
        with suppress(paramiko.SSHException, ValueError, UnsupportedAlgorithm, IndexError):
            return kind.from_private_key(io.StringIO(text))
    raise ValueError


@contextmanager
def _failing_in_words() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise DeliveryError(_("The server did not answer in time.")) from None
    except (paramiko.AuthenticationException, ValueError):
        raise DeliveryError(_("The server refused the user name, password, or key.")) from None
    except PermissionError:
        raise DeliveryError(_("The server does not allow writing to the folder.")) from None
    except FileNotFoundError:
        raise DeliveryError(_("The folder does not exist on the server.")) from None
    except (ConnectionError, socket.gaierror):
        raise DeliveryError(_("The server can't be reached, or it ended the connection.")) from None
    except (paramiko.SSHException, EOFError):
        raise DeliveryError(_("The server broke off, or it is not an SFTP server.")) from None
    except OSError:
        # Probably a full disk: SFTP has no code for it.
        raise DeliveryError(_("The server did not accept the file.")) from None


@contextmanager
def _connected(server: Server) -> Iterator[paramiko.Transport]:
    with socket.create_connection((server.host, server.port), timeout=CONNECT) as connection:
        transport = paramiko.Transport(connection)
        transport.banner_timeout = transport.handshake_timeout = HANDSHAKE
        transport.auth_timeout = transport.channel_timeout = ANSWER
        try:
            transport.start_client(timeout=HANDSHAKE)
            yield transport
        finally:
            transport.close()


@contextmanager
def _signed_in(server: Server) -> Iterator[SFTPClient]:
    with _connected(server) as transport:
        if not server.host_key or _fingerprint(transport) != server.host_key:
            raise DeliveryError(_("The server's key is not the confirmed one. Nothing was sent."))
        if server.private_key:
            transport.auth_publickey(server.username, read_private_key(server.private_key))
        else:
            transport.auth_password(server.username, server.password, fallback=False)
        sftp = SFTPClient.from_transport(transport)
        if sftp is None:
            raise EOFError
        sftp.get_channel().settimeout(ANSWER)  # type: ignore[union-attr]
        yield sftp


def _fingerprint(transport: paramiko.Transport) -> str:
    digest = hashlib.sha256(transport.get_remote_server_key().asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _is_there(sftp: SFTPClient, name: str, file: PostingFile, *, deadline: float) -> bool:
    """Whether the file was delivered before. Raises AnotherFileThere if the existing file has other
    content, or content that the user may not read."""
    try:
        found = sftp.stat(name).st_size
    except FileNotFoundError:
        return False
    if found != file.size or _digest(sftp, name, found, deadline=deadline) != file.sha256:
        raise AnotherFileThere
    return True


def _digest(sftp: SFTPClient, name: str, size: int, *, deadline: float) -> str:
    digest = hashlib.sha256()
    try:
        with sftp.open(name, "rb") as file:
            file.prefetch(size)
            while piece := file.read(PIECE):
                if time.monotonic() > deadline:
                    raise TimeoutError
                digest.update(piece)
    except PermissionError:
        raise AnotherFileThere from None
    return digest.hexdigest()


def _upload(sftp: SFTPClient, content: IO[bytes], name: str, *, deadline: float) -> None:
    with sftp.open(name, "wb") as file:
        file.set_pipelined(True)
        while piece := content.read(PIECE):
            if time.monotonic() > deadline:
                raise TimeoutError
            file.write(piece)


def _check_size(sftp: SFTPClient, name: str, size: int) -> None:
    if sftp.stat(name).st_size != size:
        raise DeliveryError(_("The server has only part of the file."))


def _remove_earlier(sftp: SFTPClient, prefix: str, attempt: int) -> None:
    """Removes what interrupted attempts left behind, if possible."""
    for earlier in range(max(1, attempt - 10), attempt):
        with suppress(OSError):
            sftp.remove(f"{prefix}{earlier}.part")
