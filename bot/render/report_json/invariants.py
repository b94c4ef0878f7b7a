"""What must hold between the numbers of a report, wherever it comes from: it adds up."""

from bot.model.explain import CauseKind
from bot.model.report import ImageReport, ImageState, Report
from bot.render import facts
from bot.render.report_json.reader import Node


def check_sums(report: Report) -> None:
    """Refuse a report that contradicts itself. Raises ``UsageError`` with the JSON path of the image."""
    names = [(image.name, image.platform) for image in report.images]
    if len(set(names)) != len(names):
        raise Node(None, "$.images").refusal("has two entries for one image and platform")
    for index, image in enumerate(report.images):
        node = Node(None, f"$.images[{index}]")
        _check_state(image, node)
        _check_delta(image, node)
        _check_decompositions(image, node)


def _check_state(image: ImageReport, node: Node) -> None:
    base, head = facts.measured(image.base), facts.measured(image.head)
    fits = {
        ImageState.CHANGED: bool(image.delta and base and head),
        ImageState.UNCHANGED: bool(image.delta and not image.delta.unpacked_bytes),
        ImageState.NEW: bool(head and not base and not image.delta),
        ImageState.REMOVED: not head and not image.delta,
        ImageState.NOT_COMPARED: bool(head and not image.delta),
        ImageState.NOT_MEASURED: not head and not image.delta,
    }
    if not fits[image.state]:
        raise node.refusal(f"is said to be {image.state}, which its sides and delta do not bear out")


def _check_delta(image: ImageReport, node: Node) -> None:
    base, head, delta = facts.measured(image.base), facts.measured(image.head), image.delta
    if delta is None:
        return
    if base and head and delta.unpacked_bytes != head.unpacked_bytes - base.unpacked_bytes:
        raise node.refusal("has a delta that is not its head less its base")
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
    """Give what both decompositions must sum to."""
    if image.delta is not None:
        return image.delta.unpacked_bytes
    base, head = facts.measured(image.base), facts.measured(image.head)
    if image.state is ImageState.REMOVED:
        return -base.unpacked_bytes if base else 0
    return head.unpacked_bytes if head and not base else 0
