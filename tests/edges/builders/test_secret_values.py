"""Which values a build is given that nobody may see, found where buildx finds them."""

from __future__ import annotations

import pathlib

import pytest

from bot.edges.builders.build_secrets import build_secrets
from bot.model.build import ImageSpec


@pytest.mark.parametrize(
    ("secret", "values"),
    [
        ("id=a,env=NPM_TOKEN", ["of-npm"]),
        ("type=env,id=a,env=NPM_TOKEN", ["of-npm"]),
        ("type=env,id=a,src=NPM_TOKEN", ["of-npm"]),
        ("id=NPM_TOKEN", ["of-npm"]),
        ("id=a,src=FOLDER/file", ["line 1\nline 2\n"]),
        ("type=file,id=a,source=FOLDER/file", ["line 1\nline 2\n"]),
        ("id=NPM_TOKEN,src=FOLDER/file", ["line 1\nline 2\n"]),
        ("id=file", ["line 1\nline 2\n"]),
        ("id=a,env=NOT_SET", []),
        ("id=a,src=FOLDER/missing", []),
        ("id=a,src=FOLDER", []),
        ("", []),
    ],
)
def test_secret_values__lie_where_buildx_looks(
    secret: str, values: list[str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    """A value comes from the variable or the file that is named, else from one that is named like the secret (T-K1)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("line 1\nline 2\n")

    [read] = build_secrets(ImageSpec("app", secrets=(secret.replace("FOLDER", str(tmp_path)),)))

    assert list(read.values({"NPM_TOKEN": "of-npm"})) == values


@pytest.mark.parametrize(
    "name", ["TOKEN", "npm_token", "DB_PASSWORD", "APIKEY", "API_KEY", "SIGNING_KEY", "GH_PAT", "BASIC_AUTH", "PRIVATE"]
)
def test_build_argument__named_like_a_secret(name: str):
    """A build argument whose name says secret is one."""
    assert ImageSpec("app", build_args=((name, "value-of-it"),)).secret_build_args == ("value-of-it",)


@pytest.mark.parametrize("name", ["VERSION", "NODE_ENV", "AUTHOR", "PATH", "MONKEY", "COMPATIBILITY", "SPINNER"])
def test_build_argument__of_another_name(name: str):
    """Versions and modes are none: hiding them would take them out of paths and package names."""
    assert ImageSpec("app", build_args=((name, "production"),)).secret_build_args == ()


def test_build_argument__with_a_password_in_an_address():
    """The password of an address is one, its server is none."""
    spec = ImageSpec("app", build_args=(("INDEX", "https://mona:pa55word@pypi.example/simple"),))

    assert spec.secret_build_args == ("pa55word",)
