"""What a build can see of a commit's tree: two builds with the same inputs need not be made to be compared."""

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.dockerfile.context import context_sources, visible_paths
from bot.dockerfile.parser import parse
from bot.errors import DockerfileError
from bot.model.build import ImageSpec
from bot.model.dockerfile import Dockerfile
from bot.model.image import Platform
from bot.ports import TreeEntry

_SYMLINK = "120000"
_WILDCARDS = frozenset("*?[\\")
_USUAL_PLATFORM = Platform("linux", "amd64")

Files = Mapping[str, TreeEntry]
Content = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """An image on one commit: how it is built, the commit's files, and ``read``, which gives a file's text."""

    spec: ImageSpec
    files: Sequence[TreeEntry] = field(repr=False)
    read: Callable[[str], str | None] = field(repr=False)

    @property
    def dockerfile(self) -> Content | None:
        """Mode, object and attributes of the Dockerfile."""
        return next((_content(entry) for entry in self.files if entry.path == self.spec.dockerfile), None)

    @property
    def ignore_text(self) -> str:
        """The ignore list that counts: the Dockerfile's own, else the context's."""
        own, of_context = self._ignore_files
        return self.read(own) or self.read(of_context) or ""

    @property
    def _ignore_files(self) -> tuple[str, str]:
        return f"{self.spec.dockerfile}.dockerignore", posixpath.normpath(f"{self.spec.context}/.dockerignore")

    @property
    def is_converted(self) -> bool:
        """Tell whether the builder reads the Dockerfile or an ignore list otherwise than it is read here."""
        read = {self.spec.dockerfile, *self._ignore_files}
        return any(entry.attributes for entry in self.files if entry.path in read)

    def below(self, folder: str) -> Files:
        """Return the files below a folder by their paths in it."""
        clean = posixpath.normpath(folder)
        prefix = "" if clean == "." else f"{clean}/"
        return {entry.path.removeprefix(prefix): entry for entry in self.files if entry.path.startswith(prefix)}

    def visible(self, context: Files, paths: Iterable[str]) -> frozenset[str]:
        """Return those of the context's paths that the build can see.

        Whatever is unsure counts as seen: everything, where the Dockerfile cannot be read, names nothing of its
        context (its base image may, by ONBUILD), where a symbolic link lies on the way, or where attributes change
        the Dockerfile or the ignore list on their way to the builder.
        """
        here = [path for path in paths if path in context]
        if self.is_converted:
            return frozenset(here)
        try:
            dockerfile = parse(
                self.read(self.spec.dockerfile) or "",
                build_arguments=dict(self.spec.build_args),
                platform=self.spec.platform or _USUAL_PLATFORM,
            )
            seen = visible_paths(dockerfile, self.ignore_text, here, target=self.spec.target)
        except DockerfileError:
            return frozenset(here)
        return frozenset(here if _is_unsure(dockerfile, self.spec.target, context) else seen)


def changed_inputs(base: BuildInputs, head: BuildInputs) -> tuple[str, ...]:
    """Return the paths that differ between the inputs of two builds: the Dockerfile, then files by their contexts."""
    changed = [head.spec.dockerfile] if base.dockerfile != head.dockerfile else []
    changed += _changed_in_context(base, head)
    for name in dict((*base.spec.build_contexts, *head.spec.build_contexts)):
        changed += _differing(_named(base, name), _named(head, name))
    return tuple(dict.fromkeys(changed))


def _changed_in_context(base: BuildInputs, head: BuildInputs) -> Iterator[str]:
    one, other = base.below(base.spec.context), head.below(head.spec.context)
    # Whether a file that did not change is seen can only change by the ignore list (or by the Dockerfile, which is
    # told anyway): all others need not be looked at, and there may be very many.
    same_list = base.ignore_text == head.ignore_text and base.is_converted == head.is_converted
    asked = _differing(one, other) if same_list else sorted(one.keys() | other.keys())
    seen_before, seen_now = base.visible(one, asked), head.visible(other, asked)
    for path in asked:
        before = _content(one[path]) if path in seen_before else None
        now = _content(other[path]) if path in seen_now else None
        if before != now:
            yield path


def _named(inputs: BuildInputs, name: str) -> Files:
    """Return the files of a further context; one that lies elsewhere has none here."""
    source = dict(inputs.spec.build_contexts).get(name, "://")
    return {} if "://" in source else inputs.below(source)


def _differing(one: Files, other: Files) -> list[str]:
    paths = one.keys() | other.keys()
    return sorted(path for path in paths if _content(one.get(path)) != _content(other.get(path)))


def _content(entry: TreeEntry | None) -> Content | None:
    """Return what a build gets of a file: equal objects make other bytes where attributes differ."""
    return (entry.mode, entry.object_id, entry.attributes) if entry is not None else None


def _is_unsure(dockerfile: Dockerfile, target: str, context: Files) -> bool:
    patterns = [source.pattern for source in context_sources(dockerfile, target)]
    links = [path for path, entry in context.items() if entry.mode == _SYMLINK]
    return not patterns or any(_follows(pattern, links) for pattern in patterns)


def _follows(pattern: str, links: Collection[str]) -> bool:
    """Tell whether a source may lead through a link; links inside a copied folder are copied as links."""
    if _WILDCARDS & set(pattern):
        return bool(links)
    return any(pattern == link or pattern.startswith(f"{link}/") for link in links)
