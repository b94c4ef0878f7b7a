"""Small repositories made of text, and what discovery finds in them."""

from collections.abc import Mapping
from textwrap import dedent

from bot.discovery import DiscoveredImage, Discovery, DiscoveryOptions, RepositoryTree, discover

DOCKERFILE = "FROM scratch\nCOPY app /app\n"
GO = "FROM golang:1.22 AS build\nCOPY . .\nRUN go build -o /out\nFROM scratch AS runtime\nCOPY --from=build /out /out\n"
PUSH = "docker/build-push-action@v6"


def tree_of(
    files: Mapping[str, str], *, links: Mapping[str, str] | None = None, submodules: tuple[str, ...] = ()
) -> RepositoryTree:
    """Make a tree of files by their text; text is dedented, so that tests can indent it."""
    texts = {path: dedent(text) for path, text in files.items()} | dict(links or {})
    modes = dict.fromkeys(files, "100644") | dict.fromkeys(links or {}, "120000") | dict.fromkeys(submodules, "160000")
    return RepositoryTree(modes, texts.get)


def found(files: Mapping[str, str], **options: object) -> Discovery:
    """Discover the images of a repository called acme/shop."""
    links = options.pop("links", None)
    submodules = options.pop("submodules", ())
    chosen = DiscoveryOptions(**{"repository": "acme/shop", "name": "shop", **options})  # type: ignore[arg-type]
    return discover(tree_of(files, links=links, submodules=submodules), chosen)  # type: ignore[arg-type]


def images(files: Mapping[str, str], **options: object) -> tuple[DiscoveredImage, ...]:
    """The images alone."""
    return found(files, **options).images


def only(files: Mapping[str, str], **options: object) -> DiscoveredImage:
    """The one image that there is."""
    (image,) = images(files, **options)
    return image


def workflow(steps: str, *, job: str = "", top: str = "on: push") -> str:
    """Write a workflow of one job around its steps."""
    indented = "\n".join(f"      {line}" for line in dedent(steps).strip("\n").splitlines())
    extra = "\n".join(f"    {line}" for line in dedent(job).strip("\n").splitlines())
    return f"{dedent(top)}\njobs:\n  ship:\n    runs-on: ubuntu-latest\n{extra}\n    steps:\n{indented}\n"


def ships(steps: str, **parts: str) -> dict[str, str]:
    """A repository with one workflow, one Dockerfile at its root, and the file that it copies."""
    return {".github/workflows/ship.yml": workflow(steps, **parts), "Dockerfile": DOCKERFILE, "app": ""}


def runs(script: str, **parts: str) -> dict[str, str]:
    """A repository whose workflow runs a script."""
    body = "\n".join(f"    {line}" for line in dedent(script).strip("\n").splitlines())
    return ships(f"- run: |\n{body}\n", **parts)
