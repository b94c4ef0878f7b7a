"""What must hold between the numbers of a report, wherever it comes from: it adds up."""

from typing import Final

from bot.model.build import FailureKind
from bot.model.explain import CauseKind
from bot.model.report import ImageReport, ImageState, Report
from bot.render import queries
from bot.render.queries import Side
from bot.render.report_json.reader import Node
from bot.render.report_json.ties import untied
from bot.render.text import plain

_NAME_LIMIT: Final = 60


def check_sums(report: Report) -> None:
    """Refuse a report that contradicts itself. Raises ``UsageError`` with the image, its JSON path and the number."""
    # Two platforms of an image that was not built look the same: neither was read, so neither has a platform.
    names = [(image.name, image.platform) for image in report.images if image.platform or _is_numbered(image)]
    if len(set(names)) != len(names):
        raise Node(None, "$.images").refusal("has two entries for one image and platform")
    for index, image in enumerate(report.images):
        node = Node(None, f"$.images[{index}] ({' '.join((plain(image.name, _NAME_LIMIT), image.platform)).strip()})")
        _check_state(image, report.comparison.base_sha, node)
        for problem in untied(image):
            raise node.refusal(problem)
        _check_kinds(image, node)
        _check_decompositions(image, node)


def _is_numbered(image: ImageReport) -> bool:
    return queries.measured(image.base) is not None or queries.measured(image.head) is not None


def _check_state(image: ImageReport, base_sha: str, node: Node) -> None:
    base, head, delta = queries.measured(image.base), queries.measured(image.head), image.delta
    skipped = not (base or head or queries.failure(image.base) or queries.failure(image.head))
    lacks_base, lacks_head = _is_absent(image.base), _is_absent(image.head)
    fits = {
        ImageState.CHANGED: bool(delta and base and head),
        ImageState.UNCHANGED: bool(delta and ((base and head) or skipped)),
        ImageState.NEW: bool(head and lacks_base and base_sha and not delta),
        ImageState.REMOVED: lacks_head and not lacks_base and not delta,
        ImageState.NOT_COMPARED: bool(head and not delta and not (lacks_base and base_sha)),
        ImageState.NOT_MEASURED: not head and not delta,
    }
    if not fits[image.state]:
        raise node.refusal(f"is said to be {image.state}, which its sides and delta do not bear out")


def _is_absent(side: Side) -> bool:
    """Tell whether a side does not have the image at all; a build that fails is another matter."""
    failure = queries.failure(side)
    return side is None or (failure is not None and failure.kind is FailureKind.NO_DOCKERFILE)


def _check_kinds(image: ImageReport, node: Node) -> None:
    delta = image.delta
    if delta is None:
        return
    parts = {
        CauseKind.INSTRUCTION: delta.own_bytes,
        CauseKind.BASE_IMAGE: delta.base_image_bytes,
        CauseKind.DRIFT: delta.drift_bytes,
    }
    for kind, part in parts.items():
        if part != sum(cause.bytes for cause in image.causes if cause.kind is kind):
            raise node.refusal(f"has {kind} bytes that are not the sum of its {kind} causes")


def _check_decompositions(image: ImageReport, node: Node) -> None:
    expected = _whole(image)
    for what, parts in (("causes", image.causes), ("contents", image.contents)):
        total = sum(part.bytes for part in parts)
        if (parts or image.delta) and total != expected:
            raise node.refusal(f"has {what} that sum to {total} bytes, not to {expected}")


def _whole(image: ImageReport) -> int:
    """Return what both decompositions must sum to."""
    if image.delta is not None:
        return image.delta.unpacked_bytes
    base, head = queries.measured(image.base), queries.measured(image.head)
    if image.state is ImageState.REMOVED:
        return -base.unpacked_bytes if base else 0
    return head.unpacked_bytes if head and not base else 0
