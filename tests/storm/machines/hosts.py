"""Separate machines for the portal's processes: network namespaces, and a command that runs in the
main namespace between them. Needs root; everything it creates is removed at the end.

    python -m tests.storm.machines.hosts 2 python -m tests.storm --seeds 7

Everything else, including PostgreSQL, Redis, and the sandbox, is in the main namespace at
127.0.0.1, and each host reaches that address over its wire. A host has a single address,
10.99.N.2, and nothing leads outside.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

VARIABLE = "STORM_HOSTS"
NETWORK = "10.99.0.0/16"
KERNEL = "/proc/sys/net/ipv4/conf"
# Packets from and to 127.0.0.1 are routed over a wire, which is off by default.
LOOPBACK_BY_WIRE = (
    f"for at in {KERNEL}/*; do echo 1 > $at/route_localnet; echo 0 > $at/rp_filter; done"
)


class Host(NamedTuple):
    name: str
    address: str

    def inside(self, command: Sequence[str]) -> list[str]:
        return inside(self.name, command)


def inside(namespace: str, command: Sequence[str]) -> list[str]:
    return ["ip", "netns", "exec", namespace, *command]


def hosts() -> tuple[Host, ...]:
    """Returns the hosts of this storm; none if everything is in one place."""
    return tuple(Host(*told.split("=")) for told in os.environ.get(VARIABLE, "").split())


@contextmanager
def network(number: int) -> Iterator[tuple[str, tuple[Host, ...]]]:
    """Creates the main namespace and the hosts. Yields the name of the former, and the hosts."""
    own = f"portal-{os.getpid()}"
    with ExitStack() as stack:
        ground = stack.enter_context(namespace(f"{own}-ground"))
        ip("-n", ground, "link", "set", "lo", "up")
        made = tuple(joined(stack, ground, f"{own}-{n}", n) for n in range(1, number + 1))
        for name in (ground, *(host.name for host in made)):
            run(inside(name, ["sh", "-c", LOOPBACK_BY_WIRE]))
        yield ground, made


def joined(stack: ExitStack, ground: str, name: str, number: int) -> Host:
    """Returns a host with a wire to the main namespace."""
    host = Host(stack.enter_context(namespace(name)), f"10.99.{number}.2")
    wire, near = wire_to(number), f"10.99.{number}.1"
    ip(
        "link",
        "add",
        "name",
        wire,
        "netns",
        ground,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        name,
    )
    for place, end, address in ((ground, wire, near), (name, "eth0", host.address)):
        ip("-n", place, "addr", "add", f"{address}/24", "dev", end)
        ip("-n", place, "link", "set", end, "up")
    ip("-n", name, "route", "add", "127.0.0.1/32", "via", near, "src", host.address)
    return host


def wire_to(number: int) -> str:
    """Returns the name of the main namespace's end."""
    return f"to-host-{number}"


@contextmanager
def namespace(name: str) -> Iterator[str]:
    ip("netns", "add", name)
    try:
        yield name
    finally:
        ip("netns", "del", name)


def ip(*words: str) -> None:
    run(["ip", *words])


def run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


def main(number: int, command: Sequence[str]) -> int:
    with network(number) as (ground, made):
        told = " ".join(f"{host.name}={host.address}" for host in made)
        environment = os.environ | {VARIABLE: told}
        return subprocess.run(inside(ground, command), env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
