"""A way to the mail server that can be closed: what connects then is refused."""

import socket
import threading
from contextlib import suppress


class Relay:
    """Listens on a port of its own and passes on whatever comes."""

    def __init__(self, port: int) -> None:
        self.to = ("127.0.0.1", port)
        self._listener: socket.socket | None = None
        self.port = 0
        self.open()

    @property
    def is_open(self) -> bool:
        return self._listener is not None

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """What is under way goes on to its end."""
        if self._listener:
            # An accept that waits would keep the port open.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _address = listener.accept()
                try:
                    far = socket.create_connection(self.to, timeout=10)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                threading.Thread(target=pass_both, args=(near, far), daemon=True).start()


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def pass_both(near: socket.socket, far: socket.socket) -> None:
    """Until both sides have said all."""
    back = threading.Thread(target=pass_on, args=(far, near), daemon=True)
    with near, far:
        back.start()
        pass_on(near, far)
        back.join()
