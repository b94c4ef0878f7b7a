"""browsers: more than one browser was installed for automation."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "browsers"
WORDING = Wording(
    rule=ID,
    title="More than one browser was installed for automation",
    advice="Install the one that is used (playwright install chromium; add --no-shell, or --only-shell, for one of "
    "its two builds).",
    confidence=0.6,
)
_HOMES = ("root/.cache/ms-playwright/", "home/*/.cache/ms-playwright/", "ms-playwright/", "root/.cache/puppeteer/")
PATHS = tuple(f"{home}**" for home in (*_HOMES, "home/*/.cache/puppeteer/"))


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim every browser but the largest."""
    found = evidence.living(*PATHS)
    return _all_but_the_largest(found)


def _all_but_the_largest(found: Sequence[IndexedFile]) -> Iterator[IndexedFile]:
    sizes: Counter[bytes] = Counter()
    for one in found:
        sizes[_browser(one.path)] += one.bytes
    kept = {name for name, _ in sizes.most_common(1)}
    return (one for one in found if _browser(one.path) not in kept)


def _browser(path: bytes) -> bytes:
    """Return the folder of one browser: the one below ms-playwright or puppeteer."""
    parts = path.split(b"/")
    home = next(index for index, part in enumerate(parts) if part in {b"ms-playwright", b"puppeteer"})
    return b"/".join(parts[: home + 2])


RULE = Rule(
    id=ID,
    title="Several browsers",
    group=Group.CONTENT,
    fix=Fix.BUILD,
    fires_on="Of three browsers the two smaller are claimed.",
    silent_on="One browser is what automation needs.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
