"""Which certificate authorities are trusted, and why a TLS connection failed, as a sentence."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import httpx

from postil.engine.hosts import is_loopback
from postil.engine.network.access import Access
from postil.engine.network.certificate import Certificate

# OpenSSL's numbers (x509_vfy.h): ssl.SSLCertVerificationError.verify_code.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_UNKNOWN_ISSUER = (2, _SELF_SIGNED_ROOT, 20, 21)
_OTHER_NAME, _OTHER_ADDRESS = 62, 64
# What OpenSSL says when the other side's first bytes are no TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW")
_WANTS_CLIENT = ("CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE_CERTIFICATE", "PEER_DID_NOT_RETURN_A_CERTIFICATE")


class WrongCaFile(Exception):
    """A file of certificates that can't be used; `str(error)` is a sentence with the next step."""


def context(ca_file: str | None) -> ssl.SSLContext:
    """Trusts what SSL_CERT_FILE and SSL_CERT_DIR name, otherwise certifi's authorities and the system's; those of
    `ca_file` in addition. Raises WrongCaFile."""
    file, folder = os.environ.get("SSL_CERT_FILE") or "", os.environ.get("SSL_CERT_DIR") or ""
    return _context(ca_file or "", _stamp(ca_file), file, _stamp(file), folder)


def _stamp(file: str | None) -> tuple[int, int]:
    """Another one when the file has changed."""
    try:
        status = Path(os.path.expanduser(file or "")).stat()  # noqa: PTH111 - as below
    except (OSError, ValueError):
        return 0, 0
    return status.st_mtime_ns, status.st_size


# Reading the authorities takes some twenty milliseconds.
@lru_cache(maxsize=4)
def _context(ca_file: str, _: tuple[int, int], file: str, __: tuple[int, int], folder: str) -> ssl.SSLContext:
    if file or folder:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if file:
            _trust(made, Path(file), "SSL_CERT_FILE")
        if folder:
            made.load_verify_locations(capath=folder)
    else:
        made = httpx.create_ssl_context(trust_env=False)
        made.load_default_certs()
    if ca_file:
        path = Path(os.path.expanduser(ca_file))  # noqa: PTH111 - pathlib's raises where there is no home
        if not path.is_absolute():
            raise WrongCaFile(f"tls.ca_file names {ca_file}: write the whole path, beginning at the root or with ~.")
        _trust(made, path, "tls.ca_file")
    # The server's own certificate in such a file is enough; that of its authority isn't needed then.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return made


def without_authorities() -> ssl.SSLContext:
    """For connections that speak http only, which need none."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _trust(made: ssl.SSLContext, path: Path, setting: str) -> None:
    step = f"set {setting} to a file of certificates in PEM form."
    if path.is_dir():
        raise WrongCaFile(f"{setting} names {path}, which is a folder: {step}")
    try:
        made.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise WrongCaFile(f"{setting} names {path}, which holds no certificate that can be read: {step}") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise WrongCaFile(f"{setting} names {path}, which can't be read ({reason}): {step}") from error


def cause_of(error: BaseException) -> ssl.SSLError | None:
    """The TLS error behind an exception of httpx or the `ollama` package."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if isinstance(at, ssl.SSLError):
            return at
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return None


def speaks_no_tls(error: ssl.SSLError) -> bool:
    """Whether the other side's first bytes were no TLS."""
    return (error.reason or "").upper().replace(" ", "_") in _NO_TLS


def explained(error: ssl.SSLError, host: str, access: Access, found: Certificate | None) -> str:
    """Why a TLS connection failed, with the next step. `found`: the server's certificate, where it could be read."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, host, access, found)
    if speaks_no_tls(error):
        if is_loopback(host) or not access.allow_http:
            return f"The address says https, and it speaks plain http only: write http:// in {access.address}."
        return (
            f"The address says https, and it speaks plain http only: then set {access.allow_http} = true in your user"
            f" settings and write http:// in {access.address} (everybody on the way can read your code), or put https"
            " before it."
        )
    reason = (error.reason or str(error)).upper().replace(" ", "_")
    if any(one in reason for one in _OLD_TLS):
        return "It speaks only old versions of TLS, which aren't safe: it must offer TLS 1.2 or 1.3."
    if any(one in reason for one in _WANTS_CLIENT):
        return "It wants a certificate of the client's, which Postil has none of: use one that takes a key instead."
    return f"The TLS connection failed ({error.reason or error}): see the server's own log."


def _untrusted(error: ssl.SSLCertVerificationError, host: str, access: Access, found: Certificate | None) -> str:
    code = error.verify_code
    named = f"The certificate of {host}"
    if found is not None:
        issuer = "by itself" if found.issuer == found.subject else f"by {found.issuer}"
        named += f" (for {found.subject}, issued {issuer})"
    if code == _EXPIRED:
        if found is not None and found.not_after < datetime.now(UTC):
            return f"{named} expired on {found.not_after:%Y-%m-%d}: renew it on the server."
        return f"{named} can't be trusted, because it or its issuer's has expired: renew it on the server."
    if code == _NOT_YET_VALID:
        since = f" before {found.not_before:%Y-%m-%d}" if found is not None else " yet"
        return f"{named} isn't valid{since}: check the clocks of this machine and of the server."
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        names = ", ".join(found.names) if found is not None else ""
        names = f" It is for: {names}." if names else ""
        step = f"Use a name that it is for in {access.address}, or give the server another certificate."
        return f"{named} isn't for this name.{names} {step}"
    if code == _SELF_SIGNED:
        return f"{named} is self-signed, so nothing here vouches for it. If it is yours, {_name_it(access)}"
    if code in _UNKNOWN_ISSUER:
        return f"{named} comes from an authority that isn't known here. If you trust that authority, {_name_it(access)}"
    return f"{named} can't be trusted ({error.verify_message}). If it is yours, {_name_it(access)}"


def _name_it(access: Access) -> str:
    names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
    trusted = [*names, *(["tls.ca_file"] if access.ca_file else [])]
    only = f" (trusted now: {' and '.join(trusted)})" if trusted else ""
    return f"name the file of its certificate in tls.ca_file in your user settings, or in SSL_CERT_FILE{only}."
