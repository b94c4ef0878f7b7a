"""What an engine knows of an image that was just built."""

from docker.errors import APIError, ImageNotFound

from bot.edges.builders.sdk import Engine
from bot.errors import EngineError
from bot.model.build import BuildRecord
from bot.model.image import HistoryStep, ImageReference, Transport


def record_of(engine: Engine, tag: str, builder: str) -> BuildRecord:
    """Describe the image behind a tag; the rest is the builder's. Raises ``EngineError`` where there is none."""
    try:
        details = engine.client.inspect_image(tag)
        history = engine.client.history(tag)
    except (ImageNotFound, APIError) as error:
        raise EngineError(
            "The built image is not in the engine.",
            why=str(error)[:200],
            fix="The builder must be able to load images into the engine (docker buildx build --load).",
        ) from None
    return BuildRecord(
        reference=ImageReference(Transport.DOCKER_DAEMON, tag),
        diff_ids=tuple(details["RootFS"].get("Layers") or ()),
        history=tuple(_step(entry) for entry in reversed(history)),
        steps=(),
        seconds=0.0,
        cached=False,
        builder=builder,
    )


def _step(entry: dict[str, object]) -> HistoryStep:
    """Read one entry; the engine does not say which are empty, so an entry without bytes counts as such here."""
    return HistoryStep(
        created_by=str(entry.get("CreatedBy") or ""),
        comment=str(entry.get("Comment") or ""),
        empty=not entry.get("Size"),
    )
