"""A merged filesystem and its configuration → what reading a few of its files tells."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from bot.contents.ecosystems import dpkg
from bot.contents.ecosystems.dpkg import EXTENDED_STATES, recommended_only
from bot.contents.runtime import RuntimeReading, follow, wanted_first
from bot.contents.work_budget import ReadFiles, Work
from bot.model.facts import FileFacts
from bot.model.image import EntryKind, ImageConfig, Located, Tree

LARGE_PROGRAM_BYTES: Final = 1_000_000
_MOST_PROGRAMS: Final = 24
_MOST_PROGRAM_BYTES: Final = 256_000_000
_MOST_SECRETS: Final = 200
_LARGEST_SECRET_BYTES: Final = 65_536
_CHARACTERS_A_STEP: Final = 16
_SECRET_NAMES: Final = re.compile(
    rb"(?:.*/)?(?:[^/]+\.(?:pem|key)|id_(?:rsa|dsa|ecdsa|ed25519)|\.npmrc|\.pypirc|\.netrc|\.git-credentials"
    rb"|\.docker/config\.json|\.aws/credentials|\.env(?!\.(?:example|sample|template|tmpl|dist|defaults?|test|ci)\b)"
    rb"(?:\.[a-z]+)?)"
)
# What nearly all other paths are told by, long before the expression has gone through them.
_SECRET_ENDS: Final = (
    *(b".pem", b".key", b"id_rsa", b"id_dsa", b"id_ecdsa", b"id_ed25519", b".npmrc", b".pypirc", b".netrc"),
    *(b".git-credentials", b"config.json", b"credentials"),
)
# No part of any of these can match at two places that overlap, so that each goes over a text once.
_SECRET_TEXT: Final = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|_authToken\s*=\s*[^\s$]|_password\s*=\s*[^\s$]|\"auth\"\s*:\s*\"[^\"]"
    rb"|aws_secret_access_key\s*=\s*\S|^[^\S\n]*password\s*[:=]\s*\S|\blogin\s+\S+\s+password\s+\S",
    re.MULTILINE,
)
_ASSIGNMENT: Final = re.compile(rb"^(?:export )?([A-Z0-9_]++)=['\"]?[^\s'\"$]{6}", re.MULTILINE)
_PLACEHOLDER: Final = re.compile(
    rb"['\"]?(?:<|\[|\{\{|x{3}|\*{3}|\.{3}|(?:change|replace|insert|enter|put|add|fill)[-_ ]?(?:me|this|it|your|in)?\b"
    rb"|your?[-_ ]|my[-_ ]|some[-_ ]|example|sample|dummy|placeholder|(?:secret|password|todo|none|null)\b)",
    re.IGNORECASE,
)
_SECRET_VARIABLE: Final = re.compile(rb"SECRET|TOKEN|PASSWORD|API_KEY|PRIVATE_KEY")
_COMPILED_HERE: Final = re.compile(rb"^Tag:\s*\S+-linux_", re.MULTILINE)
_LARGEST_WHEEL_BYTES: Final = 4_096
_MOST_WHEELS: Final = 1_000
_USER: Final = re.compile(rb"://[^/\s:]+:")
_END_OF_PASSWORD: Final = re.compile(rb"[@\s]")


def read_facts(
    config: ImageConfig, tree: Tree, own_layers: Collection[int], read_files: ReadFiles, work: Work | None = None
) -> FileFacts:
    """Read what advice needs to know: the runtime's closure, large programs and possible secrets of our own layers.

    ``own_layers`` are the layers above the base image. A few rounds of reading, each as a batch; of programs at most
    256 MB, of possible secrets at most 200 files. No content is kept. Raises ``WorkError`` where it takes more than
    ``work`` has: half of a closure would call needed what is not.
    """
    work = work or Work()
    work.spend(sum(map(len, (*(config.entrypoint or ()), *(config.cmd or ())))) // _CHARACTERS_A_STEP)
    reading = RuntimeReading(config, tree, read_files, work)
    programs = set(_programs(tree, own_layers))
    suspects = set(_suspects(tree, own_layers))
    databases = {path for path in (*dpkg.DATABASES, EXTENDED_STATES) if path in tree.live}
    wheels = _wheels(tree, own_layers)
    reading.fetch({*programs, *suspects, *databases, *wheels, *wanted_first(reading)})
    runtime = follow(reading)
    elf = {path: facts for path in programs if (facts := reading.elf(path))}
    status = b"\n\n".join(filter(None, map(reading.content, dpkg.DATABASES)))
    recommended = recommended_only(status, reading.content(EXTENDED_STATES), work)
    secrets = frozenset(path for path in suspects if holds_secret(reading.content(path)))
    built = frozenset(path for path in wheels if _COMPILED_HERE.search(reading.content(path)))
    return FileFacts(runtime, elf | reading.read_so_far(), secrets, recommended, built)


def holds_secret(content: bytes) -> bool:
    """Tell whether a file holds a private key, a token or a password; a certificate or a template holds none."""
    text = content[:_LARGEST_SECRET_BYTES]
    assigned = (match[1] for match in _ASSIGNMENT.finditer(text) if not _PLACEHOLDER.match(text, match.end(1) + 1))
    return (
        _SECRET_TEXT.search(text) is not None
        or any(_SECRET_VARIABLE.search(name) for name in assigned)
        or _holds_password_in_url(text)
    )


def _holds_password_in_url(text: bytes) -> bool:
    """Tell whether there is a URL such as ``https://USER:PASSWORD@host``.

    What ends the password of one user ends that of every user before that end, so no stretch is searched twice.
    """
    user = _USER.search(text)
    while user:
        end = _END_OF_PASSWORD.search(text, user.end())
        if end is None:
            return False
        if end[0] == b"@" and end.start() > user.end():
            return True
        user = _USER.search(text, end.start() if end[0] != b"@" else user.end())
    return False


def _programs(tree: Tree, own_layers: Collection[int]) -> Iterator[bytes]:
    """Yield the largest executables and libraries of our own layers, as many as may be read."""
    large = sorted(
        (
            (located.entry.stored_bytes, path)
            for path, located in tree.live.items()
            if located.entry.stored_bytes >= LARGE_PROGRAM_BYTES
            and located.layer in own_layers
            and _may_be_program(path, located)
        ),
        reverse=True,
    )
    allowed = _MOST_PROGRAM_BYTES
    for size, path in large[:_MOST_PROGRAMS]:
        allowed -= size
        if allowed >= 0:
            yield path


def _wheels(tree: Tree, own_layers: Collection[int]) -> Sequence[bytes]:
    """Name the files in which Python's packages say for which machines they were built."""
    found = (
        path
        for path, located in tree.live.items()
        if path.endswith(b".dist-info/WHEEL")
        and located.layer in own_layers
        and located.entry.stored_bytes <= _LARGEST_WHEEL_BYTES
    )
    return sorted(found)[:_MOST_WHEELS]


def _may_be_program(path: bytes, located: Located) -> bool:
    entry = located.entry
    executable = entry.mode & 0o111 or b".so" in path
    return entry.kind is EntryKind.FILE and bool(executable)


def _suspects(tree: Tree, own_layers: Collection[int]) -> Iterable[bytes]:
    found = (
        path
        for path, located in tree.live.items()
        if (path.endswith(_SECRET_ENDS) or b".env" in path)
        and located.layer in own_layers
        and 0 < located.entry.stored_bytes <= _LARGEST_SECRET_BYTES
        and _SECRET_NAMES.fullmatch(path)
    )
    return sorted(found)[:_MOST_SECRETS]
