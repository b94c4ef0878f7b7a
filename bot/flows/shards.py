"""A plan → shards for many machines: images that share a base image land on one, where its layers are built once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.dockerfile import parse, reachable_stages
from bot.errors import DockerfileError
from bot.model.build import ImageSpec
from bot.model.plan import ImagePlan, Plan
from bot.ports import Git


class Shard(NamedTuple):
    """The images that one machine measures."""

    number: int
    images: tuple[str, ...]


def shards_of(plan: Plan, git: Git, most: int) -> tuple[Shard, ...]:
    """Spread the images that are to be built over at most ``most`` machines, as evenly as their bases allow."""
    changed = [image for image in plan.images if not image.unchanged]
    groups = _groups(changed, plan.comparison.head_sha, git)
    bins: list[list[str]] = [[] for _ in range(min(most, len(groups)))]
    for names in sorted(groups, key=len, reverse=True):
        min(bins, key=len).extend(names)
    return tuple(Shard(number, tuple(sorted(names))) for number, names in enumerate(bins))


def _groups(images: Iterable[ImagePlan], head_sha: str, git: Git) -> Sequence[Sequence[str]]:
    """Group images by what they are built from."""
    by_base: Mapping[tuple[str, ...], list[str]] = defaultdict(list)
    for image in images:
        by_base[_bases(image.head or image.base, head_sha, git) or (image.name,)].append(image.name)
    return list(by_base.values())


def _bases(spec: ImageSpec | None, head_sha: str, git: Git) -> tuple[str, ...]:
    """Name the base images of all stages; empty where there is none to share, or the Dockerfile cannot be read."""
    content = git.read_file(head_sha, spec.dockerfile) if spec else None
    if spec is None or content is None:
        return ()
    text = content.decode("utf-8", "surrogateescape")
    try:
        stages = reachable_stages(parse(text, build_arguments=dict(spec.build_args)), spec.target)
    except DockerfileError:
        return ()
    return tuple(sorted({stage.base_expanded for stage in stages if stage.base_stage is None} - {"scratch"}))
