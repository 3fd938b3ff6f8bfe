"""TLS: which certificates are trusted, and for each that isn't a sentence of its own, by every way that opens one."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from msgspec import structs
from tests.engine.certificates import DAY, Made, authority, leaf, serving_tls
from tests.engine.faulty_http import refusal, serving

from postil.core.models.catalogue import HubSource, catalogue
from postil.engine.base import EngineError
from postil.engine.choose import choose_engine
from postil.engine.download.fetch import fetch
from postil.engine.network import tls
from postil.engine.network.access import Access
from postil.engine.network.certificate import parsed
from postil.engine.ollama.admin import admin_of
from postil.settings import Settings, settings_of

TAGS = refusal(200, '{"models": [], "data": [], "version": "1"}')
WAYS = ("ollama", "admin", "openai", "hub")
# Of the settings that hold the address.
ADDRESS = {"ollama": "ollama.host", "admin": "ollama.host", "openai": "openai.base_url", "hub": "HF_ENDPOINT"}


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "OLLAMA_HOST", "POSTIL_OLLAMA_API_KEY", "POSTIL_API_KEY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def settings(way: str, url: str, ca_file: Path | str | None = None) -> Settings:
    engine = "ollama" if way in ("ollama", "admin", "hub") else "openai"
    section = {"ollama": {"host": url}, "openai": {"base_url": url}}[engine]
    trusted = {"tls": {"ca_file": str(ca_file)}} if ca_file is not None else {}
    return settings_of({"engine": engine, engine: section, **trusted})


async def asked(
    way: str, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, ca_file: Path | str | None = None
) -> str:
    """What the user is told when that way is gone; "" when the server was asked."""
    given = settings(way, url, ca_file)
    try:
        if way == "hub":
            monkeypatch.setenv("HF_ENDPOINT", url)
            model, source = catalogue().models[0], HubSource(repo="a/b", file="c.gguf")
            async with aclosing(fetch(model, [source], folder / "models", given.tls.ca_file)) as steps:
                async for _ in steps:
                    pass
        elif way == "admin":
            admin = admin_of(given)
            try:
                await admin.version()
            finally:
                await admin.aclose()
        else:
            choice = await choose_engine(given)
            await choice.engine.aclose()
    except EngineError as error:
        return str(error)
    return ""


def unreachable(told: str) -> bool:
    return "can't be reached" in told


Make = Callable[[], Made]
WRONG: dict[str, tuple[Make, str]] = {
    "self-signed": (
        leaf,
        r"The certificate of 127.0.0.1 \(for localhost, issued by itself\) is self-signed.*tls\.ca_file",
    ),
    "an unknown authority": (
        lambda: leaf(authority()),
        r"\(for localhost, issued by Example Root\) comes from an authority that isn't known here.*tls\.ca_file",
    ),
    "expired": (lambda: leaf(starts=-30 * DAY, ends=-10 * DAY), r"expired on \d{4}-\d\d-\d\d: renew it on the server"),
    "not yet valid": (
        lambda: leaf(starts=10 * DAY, ends=30 * DAY),
        r"isn't valid before \d{4}-\d\d-\d\d: check the clocks",
    ),
    "another name": (
        lambda: leaf(names=("gpu.example", "10.0.0.7")),
        r"isn't for this name\. It is for: gpu\.example, 10\.0\.0\.7\. Use a name that it is for in \S+",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", WRONG)
async def test_each_wrong_certificate_is_told_by_name_and_reason(
    kind: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, words = WRONG[kind]
    made = make()
    # What is wrong besides its issuer shows once that is trusted.
    trusts = kind not in ("self-signed", "an unknown authority")
    ca_file = made.written(tmp_path / "ca.pem") if trusts else None
    async with serving_tls(made, tmp_path, TAGS) as server:
        told = await asked(way, server.url, tmp_path, monkeypatch, ca_file)
    assert server.asked == []
    assert unreachable(told), told
    assert re.search(words, told), told
    assert "allow_http" not in told and "Start it" not in told and "doesn't answer" not in told


@pytest.mark.parametrize("way", WAYS)
async def test_plain_http_where_the_address_says_https(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(http, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        told = await asked(way, url, tmp_path, monkeypatch)
    assert f"speaks plain http only: write http:// in {ADDRESS[way]}" in told
    assert "certificate" not in told and "allow_http" not in told


@pytest.mark.parametrize("way", ["ollama", "admin", "openai"])
@pytest.mark.parametrize("polite", [True, False], ids=["as Go answers", "hangs up"])
async def test_https_where_the_address_says_http(
    way: str, polite: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving_tls(leaf(), tmp_path, TAGS) as server:
        url = server.url.replace("https:", "http:")
        if polite:
            async with serving(refusal(400, "Client sent an HTTP request to an HTTPS server.\n", "text/plain")) as go:
                told = await asked(way, go.url, tmp_path, monkeypatch)
        else:
            told = await asked(way, url, tmp_path, monkeypatch)
    assert "speaks https, and the address says http" in told
    assert ADDRESS[way] in told
    assert "certificate" not in told and "Start it" not in told


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "wants a certificate of the client's"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "only old versions of TLS"),
        ("UNSUPPORTED_PROTOCOL", "only old versions of TLS"),
        ("UNEXPECTED_EOF_WHILE_READING", "see the server's own log"),
        ("", "see the server's own log"),
    ],
)
def test_what_openssl_says_besides(reason: str, words: str) -> None:
    error = ssl.SSLError(1, "whatever")
    error.reason = reason
    told = tls.explained(error, "gpu.example", Access("ollama.host", "ollama.allow_http"), None)
    assert words in told and "allow_http" not in told


# -- who is trusted


@pytest.mark.parametrize("way", ["ollama", "admin", "openai"])
@pytest.mark.parametrize("by", ["tls.ca_file", "SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_an_authority_of_the_users_is_trusted_on_this_machine_too(
    way: str, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`trust_env=False`, which keeps proxies away from loopback, made httpx ignore SSL_CERT_FILE."""
    root = authority()
    path = root.written(tmp_path / "ca.pem")
    ca_file: Path | None = None
    if by == "tls.ca_file":
        ca_file = path
    elif by == "SSL_CERT_FILE":
        monkeypatch.setenv(by, str(path))
    else:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("no openssl, which tells the name of a file in such a folder")
        named = await asyncio.to_thread(subprocess.check_output, [openssl, "x509", "-hash", "-noout", "-in", path])
        (tmp_path / "certs").mkdir()
        root.written(tmp_path / "certs" / f"{named.decode().strip()}.0")
        monkeypatch.setenv(by, str(tmp_path / "certs"))
    async with serving_tls(leaf(root), tmp_path, TAGS) as server:
        assert await asked(way, server.url, tmp_path, monkeypatch, ca_file) == ""
    assert len(server.asked) == 1


async def test_downloads_trust_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = authority()
    async with serving_tls(leaf(root), tmp_path, refusal(404, "")) as server:
        told = await asked("hub", server.url, tmp_path, monkeypatch, root.written(tmp_path / "ca.pem"))
    # The server was asked, and doesn't have the file.
    assert "404" in told and len(server.asked) == 1


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_proxy_that_speaks_tls_is_verified_in_the_same_way(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = authority()
    ca_file = root.written(tmp_path / "ca.pem") if trusted else None
    async with serving_tls(leaf(root), tmp_path, TAGS) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        given = settings("ollama", "http://gpu.example:1", ca_file)
        given = structs.replace(given, ollama=structs.replace(given.ollama, allow_http=True))
        if trusted:
            choice = await choose_engine(given)
            await choice.engine.aclose()
        else:
            with pytest.raises(EngineError, match=r"certificate of the proxy 127\.0\.0\.1 .*Example Root\) comes from"):
                await choose_engine(given)
    assert bool(proxy.asked) == trusted


async def test_a_folder_of_certificates_that_is_gone_trusts_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "gone"))
    async with serving_tls(leaf(authority()), tmp_path, TAGS) as server:
        told = await asked("ollama", server.url, tmp_path, monkeypatch)
    assert "trusted now: SSL_CERT_DIR" in told


async def test_the_servers_own_certificate_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to look for the authority's: OpenSSL takes any certificate of the chain that is trusted."""
    made = leaf(authority())
    async with serving_tls(made, tmp_path, TAGS) as server:
        assert await asked("ollama", server.url, tmp_path, monkeypatch, made.written(tmp_path / "own.pem")) == ""


async def test_another_authority_doesnt_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = authority("Other Root").written(tmp_path / "other.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    async with serving_tls(leaf(authority()), tmp_path, TAGS) as server:
        told = await asked("ollama", server.url, tmp_path, monkeypatch)
    assert "trusted now: SSL_CERT_FILE" in told and server.asked == []


def wrong_files(folder: Path) -> Iterator[tuple[str, str]]:
    (folder / "text.pem").write_text("no certificate", encoding="utf-8")
    (folder / "empty.pem").write_bytes(b"")
    (folder / "binary.pem").write_bytes(bytes(range(256)))
    yield str(folder / "gone.pem"), "can't be read"
    yield str(folder), "is a folder"
    for name in ("text.pem", "empty.pem", "binary.pem"):
        yield str(folder / name), "no certificate that can be read"


@pytest.mark.parametrize("setting", ["tls.ca_file", "SSL_CERT_FILE"])
@pytest.mark.parametrize("number", range(5))
async def test_a_file_of_certificates_that_is_none_is_told_by_its_name(
    setting: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, why = list(wrong_files(tmp_path))[number]
    ca_file = path if setting == "tls.ca_file" else None
    if ca_file is None:
        monkeypatch.setenv("SSL_CERT_FILE", path)
    for way in WAYS:
        told = await asked(way, "https://127.0.0.1:9", tmp_path, monkeypatch, ca_file)
        assert f"{setting} names {path}" in told and why in told, told
    # Who speaks http needs none of it.
    async with serving(TAGS) as server:
        assert await asked("ollama", server.url, tmp_path, monkeypatch, ca_file) == ""


async def test_a_relative_path_would_be_the_workspaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor starts the server in the folder of a stranger."""
    monkeypatch.chdir(tmp_path)
    root = authority()
    root.written(tmp_path / "ca.pem")
    async with serving_tls(leaf(root), tmp_path, TAGS) as server:
        told = await asked("ollama", server.url, tmp_path, monkeypatch, "ca.pem")
    assert "write the whole path" in told and server.asked == []


def test_nothing_switches_verification_off() -> None:
    made = tls.context(None)
    assert made.verify_mode is ssl.CERT_REQUIRED and made.check_hostname
    assert tls.without_authorities().verify_mode is ssl.CERT_REQUIRED
    # The one context without it is for a look at a certificate.
    source = Path(tls.__file__).parent
    using = [path.name for path in source.parent.rglob("*.py") if "CERT_NONE" in path.read_text(encoding="utf-8")]
    assert using == ["transport.py"]


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 20, 60, 120, 200])
def test_bytes_of_a_stranger_are_read_or_not(cut: int) -> None:
    """Nothing but None comes of a certificate that is none."""
    der = ssl.PEM_cert_to_DER_cert(leaf(authority("Röot \x1b[31m")).pem.decode("ascii"))
    found = parsed(der)
    assert found is not None and found.names == ("localhost", "127.0.0.1") and "\x1b" not in found.issuer
    assert parsed(der[:cut]) is None
    assert parsed(bytes(cut)) is None
    for place in range(cut, len(der), 7):
        # Whatever it is, it is an answer.
        parsed(der[:place] + bytes([der[place] ^ 0xFF]) + der[place + 1 :])


async def test_a_client_keeps_to_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody speaks TLS, the look ends and the usual sentence is shown."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = await asked("ollama", f"https://127.0.0.1:{port}", tmp_path, monkeypatch)
    assert "Start it" in told
