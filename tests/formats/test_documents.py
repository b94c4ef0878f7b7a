"""Documents of an image that hold half characters, as JSON can: they are read as Go reads them, and can be shown."""

import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile

import pytest

from bot.formats.documents import parse_object

HALF = "\ud800x"


def test_half_characters__become_replacement_characters():
    """Escaped or raw, in keys and values, however deep; whole characters of two escapes stay."""
    blob = rb'{"a\udc00": ["\ud83d\ude00", {"b": "\uD800"}], "c": "' + b"\xed\xa0\x80" + b'"}'

    read = parse_object(blob, "configuration")

    assert read["a\ufffd"] == ["\N{GRINNING FACE}", {"b": "\ufffd"}]
    assert "\ufffd" in str(read["c"])
    json.dumps(read, ensure_ascii=False).encode()


def archive(path: pathlib.Path) -> None:
    """Write an image whose configuration has a half character wherever there is text."""
    layer = tar({"a": b"hello"})
    config = {
        "architecture": f"am{HALF}",
        "os": "linux",
        "config": {
            "Env": ["PATH=/bin", f"A={HALF}"],
            "Entrypoint": [f"/a{HALF}"],
            "Cmd": [HALF],
            "User": HALF,
            "WorkingDir": f"/{HALF}",
            "Labels": {HALF: HALF},
            "ExposedPorts": {HALF: {}},
            "Volumes": {HALF: {}},
        },
        "history": [{"created_by": f"RUN {HALF}"}],
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [f"x:{HALF}"], "Layers": ["layer.tar"]}]
    documents = {"config.json": json.dumps(config).encode(), "manifest.json": json.dumps(manifest).encode()}
    path.write_bytes(tar({**documents, "layer.tar": layer}))


def tar(files: dict[str, bytes]) -> bytes:
    """Make an archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "markdown", "json", "html"])
def test_inspect__of_half_characters_ends_in_a_result(tmp_path: pathlib.Path, form: str):
    """The program shows such an image in every form."""
    archive(tmp_path / "image.tar")

    done = subprocess.run(
        [sys.executable, "-I", "-m", "bot", "inspect", f"docker-archive:{tmp_path}/image.tar", "--format", form],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
