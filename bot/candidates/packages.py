"""The distribution's packages that a slim image must be given."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from bot.candidates.bases import Base
from bot.candidates.health import health_tools
from bot.candidates.libraries import libraries_of, needed_by
from bot.candidates.seen import SHELLS, Seen
from bot.contents.ecosystems import dpkg
from bot.contents.ecosystems.dpkg import depended_on
from bot.contents.lookup import encoded
from bot.dockerfile.shell_commands import read_script
from bot.errors import DockerfileError
from bot.layers.paths import base_name
from bot.model.image import Package

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*")
_SETTING: Final = re.compile(r"/etc(?:/[A-Za-z0-9_.@+-]+)+")
_CERTIFICATES: Final = b"etc/ssl/certs/ca-certificates.crt"
_OF_FAMILIES: Final = frozenset({"ca-certificates", "netbase", "tzdata"})


def packages_for(seen: Seen, base: Base, files: Collection[bytes], added: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the packages to name: owners of what was used, less what the base has and what others bring along."""
    names = {one.name for one in _used(seen, base, files)} | _for_certificates(seen, base)
    names -= base.provides | (_OF_FAMILIES if base.same_family else frozenset())
    names -= depended_on(_status(seen), names)
    return tuple(sorted(names | set(added)))


def install_lines(base: Base, names: Collection[str]) -> Iterator[str]:
    """Write the RUN that installs packages and leaves nothing behind. Raises ``DockerfileError`` for strange names."""
    strange = next((name for name in names if not _NAME.fullmatch(name)), "")
    if strange:
        raise DockerfileError("The candidate cannot be written.", why=f"{strange!r} is no package name.")
    if not names:
        return
    if not base.packager:
        raise DockerfileError("The candidate cannot be written.", why="Nothing is known to install packages there.")
    if base.packager == "apk":
        yield f"RUN apk add --no-cache {' '.join(names)}"
        return
    yield "RUN apt-get update \\"
    yield "    && apt-get install -y --no-install-recommends \\"
    yield from (f"        {name} \\" for name in names)
    yield "    && rm -rf /var/lib/apt/lists/*"


def removal_lines(seen: Seen, names: Collection[str]) -> Iterator[str]:
    """Write the RUN that removes again what packages bring below /etc and the image's own steps removed."""
    scripts = (script for one in seen.chain if one.keyword == "RUN" and (script := read_script(seen.dockerfile, one)))
    commands = (command for script in scripts for command in script.commands if command.program == "rm")
    operands = (word for command in commands for word in command.operands if _SETTING.fullmatch(word))
    gone = [word for word in dict.fromkeys(operands) if seen.real(encoded(word.strip("/"))) not in seen.live]
    if gone and names:
        yield f"RUN rm -rf {' '.join(gone)}"


def _used(seen: Seen, base: Base, files: Collection[bytes]) -> Iterator[Package]:
    """Yield the owners of what was used; what the base's own language links, its slim image has."""
    tools = {path for path in health_tools(seen) if path in seen.owners}
    libraries = set(libraries_of(seen, [*files, *tools]).values())
    if base.same_family:
        libraries -= needed_by(seen, (path for path in seen.used if seen.is_borrowed(path))) - needed_by(seen, files)
    used = {path for path in seen.used if path not in seen.libraries.values() and base_name(path) not in SHELLS}
    # Such as python3, which is a package of its own and only leads to another one's program.
    names = {link for link in seen.links if link in seen.owners and seen.real(link) in seen.executed}
    for path in used | tools | libraries | names:
        owner = seen.owners.get(path)
        if owner and not seen.is_left_behind(path) and path not in files:
            yield owner


def _for_certificates(seen: Seen, base: Base) -> frozenset[str]:
    wanted = not base.same_family and _CERTIFICATES in seen.live
    return frozenset({"ca-certificates"}) if wanted else frozenset()


def _status(seen: Seen) -> bytes:
    return b"\n\n".join(filter(None, map(seen.content, dpkg.DATABASES)))
