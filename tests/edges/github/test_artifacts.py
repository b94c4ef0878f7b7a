"""Artifacts come from jobs that ran foreign code: what is taken from them, and what is not.

Prism follows redirects itself and reads every body as text, so archives are fetched from the fake without it.
"""

import io
import struct
import tracemalloc
import zipfile
from datetime import UTC, datetime

import httpx
import pytest

from bot.edges.providers.github.artifacts import only_file
from bot.errors import PublishError
from bot.model.provider import Artifact
from tests.edges.github.conftest import HURRIED, client
from tests.world.github import Fault, GitHubFake
from tests.world.github.people import zip_of

REPORT = b'{"schema": "deadweight/report/1"}'
SOME = Artifact(7, "deadweight-report", 100, expired=False, run_id=1)
LIMIT = 4_000_000
UPLOADED = datetime(2026, 1, 2, 3, 14, 5, tzinfo=UTC)


def uploaded(github: GitHubFake, content: bytes | dict[str, bytes]) -> Artifact:
    """A run's artifact, as the API lists it."""
    run = github.run_workflow(github.open_pull(fork="eve"))
    github.upload(run, "deadweight-report", content)
    (artifact,) = client(github).artifacts(run.id)
    return artifact


def test_artifacts__of_a_run(github: GitHubFake):
    """A run's artifacts are listed latest first, so that a second attempt's comes before the first's (T-A4)."""
    run = github.run_workflow(github.open_pull())
    old = github.upload(run, "deadweight-report", {"report.json": b"1"})
    new = github.upload(run, "deadweight-report", {"report.json": b"2"})

    listed = client(github).artifacts(run.id)

    assert [artifact.artifact_id for artifact in listed] == [new.id, old.id]
    assert listed[0] == Artifact(
        new.id, "deadweight-report", len(new.archive), expired=False, run_id=run.id, created=UPLOADED
    )


def test_artifacts__none(github: GitHubFake):
    """A job that failed early leaves none (T-A4)."""
    run = github.run_workflow(github.open_pull())

    assert client(github).artifacts(run.id) == ()


def test_read_artifact__behind_a_redirect(github_fast: GitHubFake):
    """The store that GitHub redirects to hands over the file, and never sees the token."""
    artifact = uploaded(github_fast, {"report.json": REPORT})

    assert client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT) == REPORT
    assert github_fast.authorizations[-2:] == ["Bearer write-token", ""]


def test_read_artifact__direct(github_fast: GitHubFake):
    """A server that hands the archive over itself works too."""
    github_fast.state.direct_artifacts = True
    artifact = uploaded(github_fast, {"report.json": REPORT})

    assert client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT) == REPORT


def test_read_artifact__expired(github: GitHubFake):
    """An expired artifact is not asked for (T-A4)."""
    artifact = uploaded(github, {"report.json": REPORT})
    expired = Artifact(artifact.artifact_id, artifact.name, artifact.size_bytes, expired=True, run_id=1)

    with pytest.raises(PublishError, match="it has expired"):
        client(github).read_artifact(expired, "report.json", limit_bytes=LIMIT)


def test_read_artifact__gone_meanwhile(github: GitHubFake):
    """An artifact that expires between listing and fetching is gone (T-A4)."""
    artifact = uploaded(github, {"report.json": REPORT})
    github.state.artifacts[artifact.artifact_id].expired = True

    with pytest.raises(PublishError, match="it is gone"):
        client(github).read_artifact(artifact, "report.json", limit_bytes=LIMIT)


def test_read_artifact__server_error(github_fast: GitHubFake):
    """The download is repeated after a server error (F8)."""
    artifact = uploaded(github_fast, {"report.json": REPORT})
    github_fast.fail(Fault("^GET .*/zip", status=502))
    github_fast.fail(Fault("^GET /_blobs/", "cut body"))

    assert client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT) == REPORT


def test_read_artifact__server_down(github_fast: GitHubFake):
    """A store that stays down is given up after bounded tries (F8)."""
    artifact = uploaded(github_fast, {"report.json": REPORT})
    github_fast.fail(Fault("^GET /_blobs/", status=503, times=-1))

    with pytest.raises(PublishError, match="GitHub does not hand it over"):
        client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT)
    assert github_fast.count("GET /_blobs/") == HURRIED.tries


def test_read_artifact__claims_to_be_large(github: GitHubFake):
    """An archive that GitHub says is too large is not fetched at all (T-Z1)."""
    artifact = uploaded(github, {"report.json": REPORT})
    large = Artifact(artifact.artifact_id, artifact.name, 5_000_001, expired=False, run_id=1)

    with pytest.raises(PublishError, match="more than 5,000,000 bytes"):
        client(github).read_artifact(large, "report.json", limit_bytes=LIMIT)
    assert github.count("GET /repos/octo/shop/actions/artifacts/") == 0


def test_read_artifact__is_larger_than_it_says(github_fast: GitHubFake):
    """Fetching stops at the limit, whatever the record says (T-Z1)."""
    artifact = uploaded(github_fast, b"x" * 6_000_000)
    small = Artifact(artifact.artifact_id, artifact.name, 100, expired=False, run_id=1)

    with pytest.raises(PublishError, match="more than 5,000,000 bytes"):
        client(github_fast).read_artifact(small, "report.json", limit_bytes=LIMIT)


def test_read_artifact__redirect_to_another_scheme(github_fast: GitHubFake):
    """A redirect to a file or another odd scheme is refused (T-P6)."""
    artifact = uploaded(github_fast, {"report.json": REPORT})
    github_fast.fail(Fault("^GET .*/zip", status=302, headers={"Location": "file:///etc/passwd"}, body=""))

    with pytest.raises(PublishError, match="GitHub redirects to file"):
        client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT)


def refused(archive: bytes) -> str:
    """Why an archive is refused."""
    with pytest.raises(PublishError) as caught:
        only_file(SOME, archive, "report.json", limit_bytes=LIMIT)
    return caught.value.why


def zipped(*entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of entries, duplicates and all."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return stream.getvalue()


def test_only_file__bomb():
    """A file that unpacks past the limit is read no further (T-Z1)."""
    archive = zip_of({"report.json": b"\0" * 200_000_000})

    assert len(archive) < 5_000_000
    assert refused(archive) == "report.json has more than 4,000,000 bytes"


def test_only_file__bomb_is_not_unpacked():
    """Whatever a file would unpack to, no more than the limit is ever held (T-Z1)."""
    archive = zip_of({"report.json": b"\0" * 200_000_000})

    tracemalloc.start()
    refused(archive)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 4 * LIMIT


def test_only_file__lies_about_its_size():
    """The size that an entry states is not believed (T-Z1)."""
    archive = zip_of({"report.json": b"\0" * 10_000_000})
    lying = archive.replace(struct.pack("<I", 10_000_000), struct.pack("<I", 10))

    assert refused(lying)


def test_only_file__exactly_at_the_limit():
    """A file of exactly the limit is taken."""
    assert len(only_file(SOME, zip_of({"report.json": b"x" * LIMIT}), "report.json", limit_bytes=LIMIT)) == LIMIT


@pytest.mark.parametrize(
    "names",
    [
        ["other.json"],
        ["report.json", "extra"],
        [],
        ["report.json/"],
        ["../report.json"],
        ["/report.json"],
        ["folder/report.json"],
    ],
)
def test_only_file__anything_but_that_one_file(names: list[str]):
    """More, fewer, other names, folders and paths are refused (T-Z1)."""
    assert refused(zipped(*((name, b"x") for name in names))) == "it must hold report.json and nothing else"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_only_file__same_name_twice():
    """Two entries of the same name are refused (T-Z1)."""
    archive = zipped(("report.json", b"1"), ("report.json", b"2"))

    assert refused(archive) == "it must hold report.json and nothing else"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_file__unusual_packing(method: int):
    """Packings with larger bombs in them are refused (T-Z1)."""
    assert refused(zipped(("report.json", b"x"), method=method)) == "its file is encrypted or packed in an unusual way"


def test_only_file__encrypted():
    """An encrypted file is refused (T-Z1)."""
    archive = bytearray(zip_of({"report.json": REPORT}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(signature) + offset] |= 1

    assert refused(bytes(archive)) == "its file is encrypted or packed in an unusual way"


@pytest.mark.parametrize("damage", [b"", b"PK", b"no zip at all", zip_of({"report.json": REPORT})[:-30]])
def test_only_file__no_zip(damage: bytes):
    """What is no sound zip file is refused without a traceback (T-Z1)."""
    assert refused(damage).startswith("it is no sound zip file")


def test_only_file__damaged_content():
    """A file whose bytes do not match their checksum is refused (T-Z1)."""
    archive = bytearray(zipped(("report.json", b"x" * 100), method=zipfile.ZIP_STORED))
    archive[archive.index(b"xxxx")] = 0

    assert refused(bytes(archive)) == "it is no sound zip file (BadZipFile)"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_read_artifact__behind_any_redirect(github_fast: GitHubFake, status: int):
    """Whichever redirect GitHub chooses, the store is asked, and never sees the token."""
    artifact = uploaded(github_fast, {"report.json": REPORT})
    url = f"{github_fast.url}/repos/octo/shop/actions/artifacts/{artifact.artifact_id}/zip"
    store = httpx.get(url, headers={"Authorization": "Bearer write-token"}).headers["location"]
    github_fast.fail(Fault("^GET .*/zip", status=status, headers={"Location": store}, body=""))

    assert client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT) == REPORT
    assert github_fast.authorizations[-1] == ""


def test_read_artifact__exactly_at_the_limit(github_fast: GitHubFake):
    """An archive of exactly as many bytes as are allowed is fetched, whatever is then in it (T-Z1)."""
    artifact = uploaded(github_fast, b"x" * 5_000_000)

    with pytest.raises(PublishError, match="no sound zip file"):
        client(github_fast).read_artifact(artifact, "report.json", limit_bytes=LIMIT)


def test_only_file__broken_deflate():
    """A file whose packing is broken is refused without a traceback (T-Z1)."""
    archive = bytearray(zip_of({"report.json": REPORT}))
    start = archive.index(b"report.json") + len(b"report.json")
    archive[start : start + 4] = b"\xff" * 4

    assert refused(bytes(archive)) == "it is no sound zip file (error)"


def test_only_file__of_a_zip_to_come():
    """A zip of a version that nobody reads yet is refused without a traceback (T-Z1)."""
    archive = bytearray(zip_of({"report.json": REPORT}))
    archive[archive.index(b"PK\x01\x02") + 6] = 99

    assert refused(bytes(archive)) == "it is no sound zip file (NotImplementedError)"
