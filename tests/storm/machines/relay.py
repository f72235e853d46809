"""A relay to servers that can be closed: then it refuses connections."""

import socket
import threading
from collections import deque
from contextlib import suppress

from deploy.services import free_port


class Relay:
    """Listens on a port (its own if none is named) and relays connections to the servers in turn,
    or to another one if that one refuses."""

    def __init__(self, *to: tuple[str, int], port: int = 0) -> None:
        self.to = deque(to)
        self._listener: socket.socket | None = None
        self.port = port or free_port()  # no connection takes it while the way is closed
        self.open()

    @property
    def is_open(self) -> bool:
        return self._listener is not None

    def open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """Open connections continue to their end."""
        if self._listener:
            # A waiting `accept` would keep the port open.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _address = listener.accept()
                far = self._connected()
                if not far:
                    near.close()
                    continue
                far.settimeout(None)
                threading.Thread(target=pass_both, args=(near, far), daemon=True).start()

    def _connected(self) -> socket.socket | None:
        for _try in range(len(self.to)):
            self.to.rotate()
            with suppress(OSError):
                return socket.create_connection(self.to[0], timeout=10)
        return None


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def pass_both(near: socket.socket, far: socket.socket) -> None:
    """Relays until both sides have closed."""
    back = threading.Thread(target=pass_on, args=(far, near), daemon=True)
    with near, far:
        back.start()
        pass_on(near, far)
        back.join()
