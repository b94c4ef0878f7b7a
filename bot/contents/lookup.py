"""Finding files in a merged filesystem as a running container would: through symlinks, PATH and a working directory."""

from collections.abc import Iterable, Iterator

from bot.contents.work_budget import Work
from bot.model.image import EntryKind, ImageConfig, Tree

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MOST_LINKS = 40
# Linux opens no longer path (PATH_MAX), and starts no program with a longer variable (MAX_ARG_STRLEN).
LONGEST_PATH = 4096
_LONGEST_VARIABLE = 131_072


def walk(tree: Tree, path: bytes, work: Work) -> bytes | None:
    """Walk a path from the root as path_resolution(7) does, through every symlink; ``None`` for a loop.

    What no layer describes is passed through: the path returned need not be there.
    """
    waiting, reached, links = _parts(path), list[bytes](), 0
    while waiting:
        work.spend(1)
        part = waiting.pop()
        if part == b"..":
            del reached[-1:]
            continue
        reached.append(part)
        located = tree.live.get(b"/".join(reached))
        if located is None or located.entry.kind is not EntryKind.SYMLINK:
            continue
        target = located.entry.link
        links += 1
        work.spend_on_path(len(target) + len(path))
        if links > _MOST_LINKS or len(target) > LONGEST_PATH:
            return None
        del reached[-1 if not target.startswith(b"/") else 0 :]
        waiting.extend(_parts(target))
    return b"/".join(reached)


def resolve(tree: Tree, path: str, work: Work | None = None) -> bytes | None:
    """Return the path of the file or directory that an absolute path leads to; ``None`` where it leads nowhere."""
    work = work or Work()
    work.spend_on_path(len(path))
    found = walk(tree, encoded(path), work) if len(path) <= LONGEST_PATH else None
    return found if found in tree.live else None


def find_file(tree: Tree, path: str, work: Work | None = None) -> bytes | None:
    """Return the regular file that an absolute path leads to."""
    found = resolve(tree, path, work)
    if found is None or tree.live[found].entry.kind not in {EntryKind.FILE, EntryKind.HARD_LINK}:
        return None
    return found


def find_program(tree: Tree, config: ImageConfig, name: str, work: Work | None = None) -> bytes | None:
    """Return the file that a command's first word starts: a path, or a name to be looked up in PATH."""
    work = work or Work()
    work.spend(1 + len(config.env))
    return next((found for path in _places(config, name) if (found := find_file(tree, path, work))), None)


def absolute(config: ImageConfig, path: str) -> str:
    """Return a path as seen from the working directory."""
    return path if path.startswith("/") else f"{config.working_dir or '/'}/{path}"


def variable(config: ImageConfig, name: str, otherwise: str = "") -> str:
    """Return an environment variable of the image."""
    prefix = f"{name}="
    found = next((one for one in config.env if one.startswith(prefix)), prefix + otherwise)
    return found[len(prefix) : _LONGEST_VARIABLE]


def encoded(path: str) -> bytes:
    """Return the bytes of a path; a lone surrogate, which JSON may hold and no path, becomes what names nothing."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def _places(config: ImageConfig, name: str) -> Iterable[str]:
    if "/" in name:
        return (absolute(config, name),)
    return _path_places(config, name)


def _path_places(config: ImageConfig, name: str) -> Iterator[str]:
    for directory in dict.fromkeys(variable(config, "PATH", DEFAULT_PATH).split(":")):
        yield absolute(config, f"{directory or '.'}/{name}")


def _parts(path: bytes) -> list[bytes]:
    """Return the components of a path, the first one last: as a stack of what is to be walked."""
    return [part for part in reversed(path.split(b"/")) if part not in {b"", b"."}]
