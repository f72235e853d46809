"""The storm's Redis: one server, or a master with a replica that a Sentinel promotes."""

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType

from redis import Redis

from inhance.redis_cache.connecting import client
from tests.storm.machines.servers import Server

Served = tuple[Server, str]  # with its address


class Cache:
    """sentinel: with the URL of the service, which the portal gets as its setting."""

    def __init__(self, servers: Sequence[Served], sentinel: Served | None = None) -> None:
        self.servers, self.sentinel = servers, sentinel
        self.url = sentinel[1] if sentinel else servers[0][1]
        self._stack = ExitStack()

    def kill(self) -> None:
        """Kills the current master."""
        self._master().kill()

    def start(self) -> None:
        """Starts the server that was killed, empty."""
        for server, _url in self.servers:
            if not server.is_alive():
                server.start()

    def flush(self) -> None:
        client(self.url).flushall()

    def _master(self) -> Server:
        if not self.sentinel:
            return self.servers[0][0]
        watching = self.url.replace("redis+sentinel", "redis").rsplit("/", 2)[0]
        with Redis.from_url(watching) as asked:
            port = asked.sentinel_master("portal")["port"]
        return next(server for server, url in self.servers if f":{port}/" in url)

    def __enter__(self) -> "Cache":
        for server, _url in self.servers:
            self._stack.enter_context(server)
        (_first, master), *replicas = self.servers
        port = master.rpartition(":")[2].split("/")[0]
        for _server, replica in replicas:
            with Redis.from_url(replica) as told:
                told.replicaof("127.0.0.1", port)
        if self.sentinel:
            self._stack.enter_context(self.sentinel[0])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
