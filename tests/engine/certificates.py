"""Certificates of every kind, made for a test, and servers that speak TLS with them."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.engine.faulty_http import FaultyServer, Step

pytest.importorskip("cryptography", reason="the package that makes certificates isn't here")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def written(self, path: Path) -> Path:
        path.write_bytes(self.pem)
        return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def authority(common: str = "Example Root") -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    return Made(_built(common, common, key, key, ca=True), key)


def leaf(
    by: Made | None = None,
    names: tuple[str, ...] = ("localhost", "127.0.0.1"),
    starts: timedelta = -DAY,
    ends: timedelta = DAY,
) -> Made:
    """A server's certificate, by an authority, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = by.certificate.subject.rfc4514_string().removeprefix("CN=") if by is not None else names[0]
    signer = by.key if by is not None else key
    return Made(_built(names[0], issuer, key, signer, names=names, starts=starts, ends=ends), key)


def _built(
    common: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
    names: tuple[str, ...] = (),
    starts: timedelta = -DAY,
    ends: timedelta = DAY,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if ca:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def server_context(made: Made, folder: Path) -> ssl.SSLContext:
    path = folder / f"server-{made.certificate.serial_number}.pem"
    private = made.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@asynccontextmanager
async def serving_tls(made: Made, folder: Path, *steps: Step) -> AsyncIterator[FaultyServer]:
    """As `serving` of faulty_http, over TLS."""
    found = FaultyServer(steps)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=server_context(made, folder))
    found.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
