"""A private remote over TLS: git's own credentials first, then the token, and never both at once."""

import base64
import datetime as dt
import http.server
import ipaddress
import os
import pathlib
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.edges.git import GitRepository
from tests.edges.git.repos import commit, git, make_repository, merge_ref, shallow_checkout

TOKEN = "s3cr3t"


def basic(password: str) -> str:
    """Return the header that actions/checkout would write for a token."""
    return "basic " + base64.b64encode(f"x-access-token:{password}".encode()).decode()


class _Private(http.server.BaseHTTPRequestHandler):
    """git's own smart HTTP server behind a lock; remembers every header that knocked."""

    root: pathlib.Path
    knocks: list[list[str]]

    def do_GET(self) -> None:
        headers = self.headers.get_all("Authorization", [])
        self.knocks.append(headers)
        if headers != [basic(TOKEN)]:
            self.send_response(401 if len(headers) < 2 else 400)
            self.send_header("WWW-Authenticate", 'Basic realm="private"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._serve()

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            check=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().splitlines():
            self.send_header(*line.split(": ", 1))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def self_signed(folder: pathlib.Path) -> ssl.SSLContext:
    """Return a server's TLS context for 127.0.0.1, and leave the certificate in the folder for clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.fixture
def remote(tmp_path: pathlib.Path) -> pathlib.Path:
    """Return a repository with a pull request's merge commit."""
    remote = make_repository(tmp_path / "remotes" / "octo" / "shop")
    commit(remote, {"a": "1"})
    git(remote, "checkout", "--quiet", "-b", "pr")
    commit(remote, {"b": "1"})
    git(remote, "checkout", "--quiet", "main")
    merge_ref(remote, "pr")
    return remote


@pytest.fixture
def server(tmp_path: pathlib.Path, remote: pathlib.Path) -> Iterator[http.server.HTTPServer]:
    """Serve the remote to whoever knows the token."""
    handler = type("Handler", (_Private,), {"root": tmp_path / "remotes", "knocks": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = self_signed(tmp_path).wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def checkout(tmp_path: pathlib.Path, remote: pathlib.Path, server: http.server.HTTPServer) -> pathlib.Path:
    """Return a shallow checkout whose remote is the private server."""
    checkout = shallow_checkout(remote, tmp_path / "checkout", "refs/pull/1/merge")
    git(checkout, "remote", "set-url", "origin", f"https://127.0.0.1:{server.server_port}/octo/shop/.git")
    return checkout


def can_fetch_base(checkout: pathlib.Path, server: http.server.HTTPServer, token: str) -> bool:
    """Tell whether the base of the merge commit can be had."""
    environment = {"HOME": "/nonexistent", "GIT_SSL_CAINFO": str(checkout.parent / "certificate.pem")}
    url = f"https://127.0.0.1:{server.server_port}"
    with GitRepository(checkout, environment, token=token, server_url=url) as repository:
        return repository.ensure(repository.parents(repository.resolve("HEAD"))[0])


def test_private_remote__opens_to_the_token(checkout: pathlib.Path, server: http.server.HTTPServer):
    """Without credentials the fetch is refused; then the token is shown, and it works."""
    assert can_fetch_base(checkout, server, TOKEN)
    assert server.RequestHandlerClass.knocks[0] == []


def test_private_remote__stays_closed_without_the_right_one(checkout: pathlib.Path, server: http.server.HTTPServer):
    """A wrong token and none at all give no base, and nothing hangs on a prompt."""
    assert not can_fetch_base(checkout, server, "wrong")
    assert not can_fetch_base(checkout, server, "")


@pytest.mark.parametrize("included", [False, True], ids=["in the configuration", "behind an includeIf"])
def test_credentials__that_checkout_left_are_used_first(
    included: bool, checkout: pathlib.Path, server: http.server.HTTPServer
):
    """What actions/checkout keeps for git suffices, wherever its version keeps it; no token is needed."""
    header = f"AUTHORIZATION: {basic(TOKEN)}"
    key = f"http.https://127.0.0.1:{server.server_port}/.extraheader"
    if included:
        kept = checkout.parent / "credentials.config"
        git(checkout, "config", "--file", str(kept), key, header)
        git(checkout, "config", f"includeIf.gitdir:{checkout}/.git.path", str(kept))
    else:
        git(checkout, "config", key, header)

    assert can_fetch_base(checkout, server, "")


def test_credentials__that_are_stale_give_way_to_the_token(checkout: pathlib.Path, server: http.server.HTTPServer):
    """The token replaces what the configuration has; two headers at once would be refused."""
    git(
        checkout,
        "config",
        f"http.https://127.0.0.1:{server.server_port}/.extraheader",
        f"AUTHORIZATION: {basic('old')}",
    )

    assert can_fetch_base(checkout, server, TOKEN)
    assert all(len(headers) < 2 for headers in server.RequestHandlerClass.knocks)
