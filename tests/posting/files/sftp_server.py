"""An SFTP server on loopback, with a folder of its own, that can be told to fail."""

import base64
import errno
import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface

USER, PASSWORD = "springfield", "correct horse on the dock"


class FakeServer:
    """breaks_off_after, disk_size: bytes of one file. hangs: answers nothing once signed in."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key = paramiko.ECDSAKey.generate(bits=256)
        self.client_key: paramiko.PKey | None = None
        self.breaks_off_after = self.disk_size = 1 << 40
        self.hangs = self.is_read_only = self.lacks_posix_rename = False
        self.uploads: list[str] = []
        self.passwords: list[str] = []
        self.transports: list[paramiko.Transport] = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.is_over = threading.Event()

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(self.key.asbytes()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    @property
    def files(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in self.root.iterdir()}

    def serve(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            self.transports.append(transport)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", SFTPServer, Files, fake=self)
            with suppress(paramiko.SSHException, EOFError, OSError):  # whoever asked is gone
                transport.start_server(server=Door(self))

    def break_off(self) -> None:
        for transport in self.transports:
            transport.sock.close()


class Door(paramiko.ServerInterface):
    def __init__(self, server: FakeServer) -> None:
        self.server = server

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        self.server.passwords.append(password)
        right = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        right = username == USER and key == self.server.client_key
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class Handle(SFTPHandle):
    def __init__(self, server: FakeServer, path: Path, flags: int) -> None:
        super().__init__(flags)
        mode = "wb" if flags & (os.O_WRONLY | os.O_RDWR) else "rb"
        self.server, self.file = server, os.fdopen(os.open(path, flags, 0o600), mode)

    def read(self, offset: int, length: int) -> bytes | int:
        self.file.seek(offset)
        return self.file.read(length) or paramiko.SFTP_EOF

    def write(self, offset: int, data: bytes) -> int:
        if offset + len(data) > self.server.breaks_off_after:
            self.server.break_off()
        if offset + len(data) > self.server.disk_size:
            return SFTPServer.convert_errno(errno.ENOSPC)
        self.file.seek(offset)
        self.file.write(data)
        return paramiko.SFTP_OK

    def close(self) -> None:
        self.file.close()


class Files(SFTPServerInterface):
    def __init__(self, door: Any, *args: Any, fake: FakeServer, **kwargs: Any) -> None:
        self.server = fake

    def _path(self, path: str) -> Path:
        return self.server.root / path.lstrip("/")

    def session_started(self) -> None:
        if self.server.hangs:
            self.server.is_over.wait(30)

    def list_folder(self, path: str) -> Any:
        return [
            SFTPAttributes.from_stat(each.stat(), each.name) for each in self._path(path).iterdir()
        ]

    def stat(self, path: str) -> Any:
        try:
            return SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno or 0)

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> Any:
        if self.server.is_read_only:
            return paramiko.SFTP_PERMISSION_DENIED
        if flags & (os.O_WRONLY | os.O_RDWR):
            self.server.uploads.append(path)
        try:
            return Handle(self.server, self._path(path), flags)
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno or 0)

    def remove(self, path: str) -> int:
        try:
            self._path(path).unlink()
        except OSError as problem:
            return SFTPServer.convert_errno(problem.errno or 0)
        return paramiko.SFTP_OK

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._path(newpath).exists():
            return paramiko.SFTP_FAILURE
        self._path(oldpath).rename(self._path(newpath))
        return paramiko.SFTP_OK

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if self.server.lacks_posix_rename:
            return paramiko.SFTP_OP_UNSUPPORTED
        self._path(oldpath).replace(self._path(newpath))
        return paramiko.SFTP_OK


@contextmanager
def sftp_server(root: Path) -> Iterator[FakeServer]:
    server = FakeServer(root)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        for transport in server.transports:
            transport.close()
        thread.join(10)
