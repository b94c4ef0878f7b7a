"""From a merged filesystem to the runtime's closure, programs and secrets, in a few rounds of reading."""

from collections.abc import Collection, Mapping

import pytest

from bot.contents.file_facts import holds_secret, read_facts
from bot.model.explain import Measurement
from bot.model.facts import ElfFacts, FileFacts, ProgramKind
from bot.model.image import ImageConfig
from tests.contents.elves import elf
from tests.rules.world import config, picture


class Files:
    """A source of file contents that remembers what was asked for."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = {path.encode(): content for path, content in contents.items()}
        self.rounds: list[set[bytes]] = []

    def __call__(self, paths: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Return contents, as an opened image does."""
        self.rounds.append(set(paths))
        return {path: self.contents[path] for path in paths if path in self.contents}


def facts(image: Measurement, files: Files) -> FileFacts:
    """Read the facts of an image whose second and later layers are its own."""
    return read_facts(image.image.config, image.tree, range(1, len(image.image.layers)), files)


def image(text: str, command: str = "/app/main", **fields: object) -> Measurement:
    """Draw an image with a base layer."""
    return picture("FROM a\n  bin/sh 9\n" + text, config=config(command, **fields))


def test_static_program__is_proven():
    """A program without interpreter and libraries is static, and needs itself alone."""
    runtime = facts(image("COPY . .\n  app/main 2000000 mode=0755"), Files({"app/main": elf()})).runtime

    assert (runtime.kind, runtime.program, runtime.files) == (ProgramKind.STATIC, b"app/main", {b"app/main"})


def test_dynamic_program__is_followed_through_its_libraries():
    """Interpreter and libraries are found in the loader's directories, and theirs in turn; what is not there is missing."""
    drawn = image("""COPY . .
  app/main 900
  app/lib/libown.so 90
  lib64/ld.so 90
  usr/lib/x86_64-linux-gnu/libssl.so.3 90
  usr/lib/x86_64-linux-gnu/libc.so.6 90
  opt/vendor/libvendor.so 90
  etc/ld.so.conf.d/vendor.conf 12
""")
    files = Files(
        {
            "app/main": elf(
                interpreter="/lib64/ld.so", needed=("libown.so", "libssl.so.3", "libvendor.so"), runpath="$ORIGIN/lib"
            ),
            "app/lib/libown.so": elf(needed=("libgone.so",)),
            "usr/lib/x86_64-linux-gnu/libssl.so.3": elf(needed=("libc.so.6",)),
            "usr/lib/x86_64-linux-gnu/libc.so.6": elf(),
            "opt/vendor/libvendor.so": elf(),
            "lib64/ld.so": elf(),
            "etc/ld.so.conf.d/vendor.conf": b"/opt/vendor\n",
        }
    )

    runtime = facts(drawn, files).runtime

    assert runtime.kind is ProgramKind.DYNAMIC
    assert {path.rsplit(b"/", 1)[-1] for path in runtime.files} == {
        b"main", b"libown.so", b"ld.so", b"libssl.so.3", b"libc.so.6", b"libvendor.so",
    }  # fmt: skip
    assert runtime.missing == ("libgone.so",)
    assert runtime.libraries[:3] == ("libown.so", "libssl.so.3", "libvendor.so")


def test_script__is_followed_to_its_interpreter():
    """A shebang through env finds the interpreter in PATH, and tells the language."""
    drawn = image("COPY . .\n  app/main 90\n  usr/local/bin/python3.12 90\n  usr/local/bin/python3 -> python3.12")

    runtime = facts(drawn, Files({"app/main": b"#!/usr/bin/env python3\n", "usr/local/bin/python3.12": elf()})).runtime

    assert (runtime.kind, runtime.language, runtime.needs_shell) == (ProgramKind.SCRIPT, "python", False)
    assert runtime.files == {b"app/main", b"usr/local/bin/python3.12"}


def test_shell_script__needs_a_shell():
    """A script of the shell, and the shell form of CMD, need one."""
    script = facts(image("COPY . .\n  app/main 90"), Files({"app/main": b"#!/bin/sh\nexec x\n"})).runtime
    form = facts(
        picture("FROM a\n  app/main 9", config=ImageConfig(cmd=("/bin/sh", "-c", "/app/main"))), Files({})
    ).runtime

    assert script.needs_shell
    assert form.needs_shell


def test_npm_start__is_resolved_to_its_script():
    """Npm start is read from package.json of the working directory, down to the file that node runs."""
    drawn = image(
        "COPY . .\n  app/package.json 90\n  app/server.js 90\n  usr/local/bin/node 90\n  usr/local/bin/npm 90",
        "npm start",
        working_dir="/app",
    )
    files = Files({"app/package.json": b'{"scripts": {"start": "node server.js"}}', "usr/local/bin/node": elf()})

    runtime = facts(drawn, files).runtime

    assert (runtime.program, runtime.language) == (b"usr/local/bin/node", "node")
    assert b"app/server.js" in runtime.files
    assert b"app" in runtime.roots


@pytest.mark.parametrize(("command", "kind"), [("", ProgramKind.NOTHING), ("/gone", ProgramKind.NOT_FOUND)])
def test_program__that_is_not_there_is_told(command: str, kind: ProgramKind):
    """An image that starts nothing, or something that is not in it, is told apart."""
    assert facts(image("RUN x\n  y 9", command), Files({})).runtime.kind is kind


def test_large_programs__of_own_layers_are_read():
    """Executables of a megabyte and more above the base image are read for their symbols; others are not."""
    drawn = picture(
        """
FROM a
  usr/bin/base 9000000 mode=0755
COPY . .
  app/tool 2000000 mode=0755
  app/data 9000000
  app/small 900 mode=0755
""",
        config=config("/gone"),
    )
    files = Files({"app/tool": elf(sections=((".symtab", 70),))})

    found = facts(drawn, files)

    assert found.elf == {b"app/tool": ElfFacts("", (), (), 70)}
    assert files.rounds[0] == {b"app/tool"}


def test_everything_is_read_in_few_rounds():
    """Reading costs a pass over layers, so it is done in batches: one for a static program."""
    files = Files({"app/main": elf()})

    facts(image("COPY . .\n  app/main 2000000 mode=0755\n  app/.env 90\n  var/lib/dpkg/status 90"), files)

    assert len(files.rounds) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN RSA PRIVATE KEY-----\nMII",
        b"-----BEGIN PRIVATE KEY-----\n",
        b"//registry.example/:_authToken=npm_abc\n",
        b'{"auths": {"x": {"auth": "dXNlcjpwYXNz"}}}',
        b"machine example.org login me password hunter2\n",
        b"export API_TOKEN='abcdefgh'\n",
        b"https://me:secret@example.org/x.git\n",
        b"aws_secret_access_key = abc\n",
    ],
)
def test_secret__is_known_by_its_content(content: bytes):
    """Private keys, tokens and passwords are recognised."""
    assert holds_secret(content)


@pytest.mark.parametrize(
    "content",
    [
        b"-----BEGIN CERTIFICATE-----\nMII",
        b"-----BEGIN PUBLIC KEY-----\n",
        b"//registry.example/:_authToken=${NPM_TOKEN}\n",
        b"API_TOKEN=\nDEBUG=1\n",
        b"PASSWORD=$DB_PASSWORD\n",
        b"https://example.org/x.git\n",
        b"",
    ],
)
def test_template__is_no_secret(content: bytes):
    """Certificates, public keys, references to variables and empty values are none."""
    assert not holds_secret(content)


def test_secrets__are_paths_and_never_content():
    """Only those suspected files whose content proves it are told, by path."""
    drawn = image("COPY . .\n  app/server.key 90\n  app/cert.pem 90\n  app/.env 90")
    files = Files({"app/server.key": b"-----BEGIN PRIVATE KEY-----", "app/cert.pem": b"-----BEGIN CERTIFICATE-----"})

    assert facts(drawn, files).secrets == {b"app/server.key"}


def test_interpreter__may_need_anything_of_its_own_directories():
    """What an interpreter may load is told as directories: its standard library, and the working directory."""
    drawn = image(
        "COPY . .\n  app/x.py 9\n  usr/local/bin/python3 90\n  usr/local/lib/python3.12/os.py 9\n  usr/local/lib/python3.12/re.py 9",
        "python3 x.py",
        working_dir="/app",
    )

    runtime = facts(drawn, Files({"usr/local/bin/python3": elf()})).runtime

    assert runtime.roots == (b"usr/local/lib/python3.12", b"app")
    assert b"app/x.py" in runtime.files


def test_closure__ends_where_links_go_in_circles():
    """Scripts that name each other as interpreter end after a few rounds."""
    drawn = image("COPY . .\n  app/main 90\n  app/other 90")

    runtime = facts(drawn, Files({"app/main": b"#!/app/other\n", "app/other": b"#!/app/main\n"})).runtime

    assert runtime.files == {b"app/main", b"app/other"}


@pytest.mark.parametrize("folder", ["var/lib/dpkg", "usr/lib/dpkg"])
def test_recommended__wherever_dpkg_keeps_its_state(folder):
    """What came in by recommendation alone is found in both directories that the package reader knows."""
    drawn = image(f"RUN apt-get install a\n  {folder}/status 90\n  var/lib/apt/extended_states 90\n")
    status = "".join(f"Package: {name}\nStatus: install ok installed\n\n" for name in ("a", "fonts"))
    files = Files(
        {
            f"{folder}/status": status.encode(),
            "var/lib/apt/extended_states": b"Package: fonts\nAuto-Installed: 1\n",
        }
    )

    assert facts(drawn, files).recommended == {"fonts"}
