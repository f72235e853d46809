"""Certificates for tests: one that vouches for itself, and an authority that vouches for others."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


class Authority:
    """A private certificate authority. file: what clients are given to trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, new_key()
        self._name = named("Springfield's own authority")
        builder = certificate(self._name, self._key)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signed = builder.issuer_name(self._name).sign(self._key, SHA256())
        self.file = folder / "authority.pem"
        self.file.write_bytes(signed.public_bytes(Encoding.PEM))

    def context_for(self, *hosts: str) -> ssl.SSLContext:
        """Returns what a server needs to be these hosts."""
        key = new_key()
        builder = certificate(named(hosts[0]), key).add_extension(hosts_of(*hosts), critical=False)
        signed = builder.issuer_name(self._name).sign(self._key, SHA256())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(written(self._folder / "server.pem", key, signed))
        return context


def self_signed(folder: Path) -> Path:
    """The key and its certificate for 127.0.0.1, in one file."""
    key, name = new_key(), named("127.0.0.1")
    builder = certificate(name, key).add_extension(hosts_of("127.0.0.1"), critical=False)
    signed = builder.issuer_name(name).sign(key, SHA256())
    return written(folder / "self-signed.pem", key, signed)


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(name: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def hosts_of(*hosts: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([general_name(host) for host in hosts])


def general_name(host: str) -> x509.GeneralName:
    is_number = host.replace(".", "").isdecimal()
    return x509.IPAddress(ip_address(host)) if is_number else x509.DNSName(host)


def written(path: Path, key: Key, signed: x509.Certificate) -> Path:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path
