"""What images weighed earlier: a point for each commit of the default branch, image and platform."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.model.budget import Recorded, RecordedSize
from bot.model.image import DownloadSize


class Tag(NamedTuple):
    """A tag of the repository and the commit that it names, annotated or not."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Point:
    """What one image weighed on one platform at one commit; ``release`` is the tag of a release there, if any."""

    image: str
    platform: str
    commit: str
    day: date
    unpacked_bytes: int
    download: DownloadSize | None
    layers: int
    release: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """All that is on record, oldest first, and what its reader should know of it."""

    points: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, image: str, platform: str) -> Recorded:
        """Return the sizes of one image on one platform."""
        return Recorded(
            tuple(
                RecordedSize(point.unpacked_bytes, point.commit, point.day, point.release)
                for point in self.points
                if (point.image, point.platform) == (image, platform)
            )
        )
