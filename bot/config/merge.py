"""The images that two commits declare → those to build at the head, and what to say about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.model.build import ImageSpec
from bot.model.image import Platform

_Key = tuple[str, Platform | None]


def merge_images(
    before: Sequence[ImageSpec], now: Sequence[ImageSpec]
) -> tuple[tuple[ImageSpec, ...], tuple[str, ...]]:
    """Give the images of the head and notes about them.

    The head says how an image is built, for it may have moved; but an image of the base stays, though the head no
    longer declares it, and neither secrets nor the network come from the head: they would be given to code that
    nobody has reviewed.
    """
    old, new = _by_key(before), _by_key(now)
    images = [_kept(image, new.get(key)) for key, image in old.items()]
    added = [_without_rights(image) for key, image in new.items() if key not in old]
    return (*images, *added), tuple(_notes(old, new))


def _by_key(images: Sequence[ImageSpec]) -> dict[_Key, ImageSpec]:
    return {(image.name, image.platform): image for image in images}


def _kept(before: ImageSpec, now: ImageSpec | None) -> ImageSpec:
    return before if now is None else replace(now, secrets=before.secrets, network=before.network)


def _without_rights(image: ImageSpec) -> ImageSpec:
    return replace(image, secrets=(), network="")


def _notes(old: Mapping[_Key, ImageSpec], new: Mapping[_Key, ImageSpec]) -> list[str]:
    notes: list[str] = []
    for key, image in old.items():
        if key not in new:
            notes.append(f"This change no longer declares {_title(image)}; it is measured all the same.")
    for key, image in new.items():
        notes.extend(_notes_on(old.get(key), image))
    return notes


def _notes_on(before: ImageSpec | None, now: ImageSpec) -> list[str]:
    if before is None:
        notes = [f"This change declares {_title(now)}; its budgets are those that the base has for it."]
    else:
        notes = [f"This change builds {_title(now)} with another {word}." for word in _different(before, now)]
    if now.secrets != (before.secrets if before else ()):
        notes.append(f"This change gives {_title(now)} other secrets; it gets those of the base until that is merged.")
    if now.network != (before.network if before else ""):
        notes.append(f"This change gives {_title(now)} another network; it gets that of the base until that is merged.")
    return notes


def _different(before: ImageSpec, now: ImageSpec) -> list[str]:
    words = {
        "Dockerfile": (before.dockerfile, now.dockerfile),
        "context": (before.context, now.context),
        "target": (before.target, now.target),
        "set of build arguments": (before.build_args, now.build_args),
        "set of build contexts": (before.build_contexts, now.build_contexts),
    }
    return [word for word, (one, other) in words.items() if one != other]


def _title(image: ImageSpec) -> str:
    platform = f" on {image.platform}" if image.platform else ""
    return f'image "{image.name}"{platform}'
