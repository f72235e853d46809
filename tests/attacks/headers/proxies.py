"""The samples of `deploy/proxies`, run by the real nginx, HAProxy, and Caddy on free ports."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from deploy.services import free_port
from tests.portal_process import ROOT

SAMPLES = ROOT / "deploy" / "proxies"
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy", "caddy": "caddy"}
START_SECONDS = 120


class Place(NamedTuple):
    """Where a proxy runs, with the certificate of pay.example.com."""

    folder: Path
    plain: int
    tls: int
    portal: int

    def sample(self, name: str) -> str:
        """The sample with these ports and files in the place of its own."""
        text = (SAMPLES / name).read_text().replace("[::]:", "[::1]:")
        changed = {
            "/etc/ssl/portal": str(self.folder),
            "/var/log/nginx": str(self.folder),
            "127.0.0.1:8000": f"127.0.0.1:{self.portal}",
            ":443": f":{self.tls}",
            "listen 443": f"listen 127.0.0.1:{self.tls}",
            ":80 ": f":{self.plain} ",
            ":80\n": f":{self.plain}\n",
            ":80;": f":{self.plain};",
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
        }
        for before, after in changed.items():
            text = text.replace(before, after)
        return text


def nginx(place: Place) -> list[str]:
    own = f"pid {place.folder}/pid; events {{}} http {{ {place.sample('nginx.conf')} }}"
    (place.folder / "all.conf").write_text(own)
    stay = "daemon off; master_process off;"
    return ["nginx", "-p", str(place.folder), "-c", str(place.folder / "all.conf"), "-g", stay]


def haproxy(place: Place) -> list[str]:
    lines = place.sample("haproxy.cfg").splitlines()
    own = [line for line in lines if line.strip() not in {"user haproxy", "group haproxy"}]
    (place.folder / "haproxy.cfg").write_text("\n".join([*own, ""]))
    return ["haproxy", "-db", "-f", str(place.folder / "haproxy.cfg")]


def caddy(place: Place) -> list[str]:
    options = "{\n\tadmin off\n\tauto_https off\n"
    own = place.sample("Caddyfile").replace("{\n\tadmin off\n", options, 1)
    (place.folder / "Caddyfile").write_text(own)
    return ["caddy", "run", "--config", str(place.folder / "Caddyfile"), "--adapter", "caddyfile"]


ALL: dict[str, Callable[[Place], list[str]]] = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy}


@contextmanager
def running(name: str, folder: Path, portal: int) -> Iterator[Place]:
    _install(name)
    place = Place(folder, free_port(), free_port(), portal)
    _make_certificate(folder)
    path = f"{os.environ['PATH']}:/usr/sbin"
    own = os.environ | {"PATH": path, "XDG_DATA_HOME": str(folder), "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(ALL[name](place), env=own, stdout=log, stderr=log)
        try:
            _wait_until_it_listens(place, process)
            yield place
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _install(name: str) -> None:
    if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin"):
        return
    # Its package would start it on ports 80 and 443.
    own = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", PACKAGES[name]]
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(command, env=own, check=True)


def _make_certificate(folder: Path) -> None:
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "1"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=pay.example.com"]
    command += ["-addext", "subjectAltName=DNS:pay.example.com"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "both.pem").write_text(certificate.read_text() + key.read_text())


def _wait_until_it_listens(place: Place, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", place.tls)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The proxy did not start: {(place.folder / 'log').read_text()[-2000:]}")
