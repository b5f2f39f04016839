"""Certificates of a private authority, of any age and name: the fixture `authority`."""
from __future__ import annotations

import shutil
import ssl
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, ssl.SSLContext]]:
    """`authority(days=…, name=…)`: a private authority's certificate, and a context with one that it signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is needed to make certificates")

    def make(*, days: int = 30, name: str = "localhost", before: int = 0) -> tuple[Path, ssl.SSLContext]:
        folder = tmp_path_factory.mktemp("authority")
        now = datetime.now(timezone.utc)
        dates = ["-not_before", (now - timedelta(days=before)).strftime("%Y%m%d%H%M%SZ"),
                 "-not_after", (now + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")]

        def openssl(*arguments: str) -> None:
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Private CA", "-days", "60",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=x")
        (folder / "ext").write_text(f"subjectAltName=DNS:{name}\nauthorityKeyIdentifier=keyid\n")
        _sign(folder, dates, openssl)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        return folder / "ca.pem", context
    return make


def _sign(folder: Path, dates: list[str], openssl: Callable[..., None]) -> None:
    """Sign with dates of the past and the future, which `openssl x509` takes only in its newest versions."""
    (folder / "index").write_text("")
    (folder / "serial").write_text("01")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
        "x509_extensions=e\nrand_serial=yes\n[p]\ncommonName=supplied\n[e]\n" + (folder / "ext").read_text())
    openssl("ca", "-batch", "-config", "ca.cnf", "-in", "server.csr", "-out", "server.pem", "-cert", "ca.pem",
            "-keyfile", "ca.key", "-notext", "-startdate", dates[1], "-enddate", dates[3])
