"""Which instruction made which layer: exactly from BuildKit's provenance, else by the order of the history."""

from bot.dockerfile.origins.by_history import origins_by_history
from bot.dockerfile.origins.by_provenance import origins_by_provenance
from bot.model.build import BuildRecord, ImageSpec, Origin
from bot.model.dockerfile import Dockerfile

__all__ = ["find_origins"]


def find_origins(dockerfile: Dockerfile, spec: ImageSpec, record: BuildRecord) -> tuple[Origin, ...]:
    """Give the origin of every layer of an image that was built from this Dockerfile, lowest first."""
    if record.steps and len(record.steps[-1].layers) == len(record.diff_ids):
        return origins_by_provenance(dockerfile, spec, record.steps)
    return origins_by_history(dockerfile, spec, record)
