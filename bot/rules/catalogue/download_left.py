"""download-left: an archive or package was downloaded, used, and left behind."""

import re
from collections.abc import Iterable

from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, by_path, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "download-left"
WORDING = Wording(
    rule=ID,
    title="A downloaded archive or package stayed in the image after it was used",
    advice="Remove it in the same RUN, after its checksum was verified and it was unpacked; or pipe it into tar.",
    confidence=0.9,
    label=by_path,
)
DOWNLOADS = tuple(
    f"**/*.{suffix}"
    for suffix in ("gz", "tgz", "xz", "bz2", "zst", "tar", "zip", "deb", "rpm", "apk", "whl", "AppImage")
)
_FETCHES = re.compile(r"\b(?:curl|wget|aria2c|fetch|pip3? download)\b")
_KEPT = re.compile(rb".*(?:/man/|/doc/|/locale/|/info/|node_modules/|site-packages/|\.linux-modules|/models?/).*")


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim archives and packages that live in the layer of a RUN which downloads."""
    packaged = evidence.distribution_paths()
    return [
        one
        for one in evidence.living(*DOWNLOADS)
        if one.path not in packaged and _FETCHES.search(evidence.text_of(one.layer)) and not _KEPT.fullmatch(one.path)
    ]


RULE = Rule(
    id=ID,
    title="Downloads left behind",
    group=Group.LAYERS,
    fix=Fix.SAFE,
    fires_on="An archive that lives in the layer of a RUN which downloads is claimed.",
    silent_on="Archives that no download brought, or that are documentation, data or part of a package, are silent.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
