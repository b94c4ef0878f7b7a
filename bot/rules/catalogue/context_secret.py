"""context-secret: an alert: a private key, a token or a password is in the image, also where a later layer hides it."""

from collections.abc import Iterator
from dataclasses import replace

from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence, claimed_bytes
from bot.rules.kit.file_index import ByteClass, IndexedFile
from bot.rules.kit.findings import Wording, by_path, largest, noted
from bot.rules.kit.rule import Fix, Group, Rule

ID = "context-secret"
WORDING = Wording(
    rule=ID,
    title="The image seems to hold a private key, a token or a password",
    advice="Whoever can pull the image can read it, also from a layer below. Replace the secret, keep it out with "
    ".dockerignore, and hand it to a build with RUN --mount=type=secret. Its content is not shown here.",
)
NAMES = (
    "**/id_rsa",
    "**/id_dsa",
    "**/id_ecdsa",
    "**/id_ed25519",
    "**/.aws/credentials",
    "**/.docker/config.json",
    "**/.git-credentials",
    "**/.netrc",
)
_PUBLISHED = (
    "/test/",
    "/tests/",
    "/testdata/",
    "/fixtures/",
    "/examples/",
    "/site-packages/",
    "/node_modules/",
    "/gems/",
    "/usr/lib/",
    "/usr/share/",
    "/usr/local/go/",
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Show paths whose content was seen to hold a secret, and files that are named like one in a hidden layer."""
    found = [one for one in _suspects(evidence) if not _is_published(one)]
    if found:
        finding = noted(evidence, WORDING, largest(found, by_path), _lines(evidence, found))
        yield replace(finding, claimed=claimed_bytes(found), claims=frozenset(one.claim for one in found))


def _suspects(evidence: Evidence) -> Iterator[IndexedFile]:
    seen = evidence.head.facts.secrets if evidence.head.facts else frozenset[bytes]()
    named = {one.claim for one in evidence.own(*NAMES) if not one.is_live or evidence.head.facts is None}
    for one in evidence.files.all:
        if one.kind is not ByteClass.BASE_IMAGE and ((one.is_live and one.path in seen) or one.claim in named):
            yield one


def _is_published(one: IndexedFile) -> bool:
    path = "/" + one.path.decode("utf-8", "replace")
    return any(part in path for part in _PUBLISHED)


def _lines(evidence: Evidence, found: list[IndexedFile]) -> tuple[int, int] | None:
    origins = (evidence.origin(one.layer) for one in found)
    return next((origin.lines for origin in origins if origin and origin.lines), None)


RULE = Rule(
    id=ID,
    title="Secrets in the image",
    group=Group.CONTENT,
    fix=Fix.ADVICE,
    fires_on="The path is told as evidence, however few bytes it is, and the way to hand secrets to a build.",
    silent_on="Keys of tests and of libraries are public.",
    measured=find,
    wordings=(WORDING,),
)
