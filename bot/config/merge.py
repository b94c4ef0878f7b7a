"""The configuration of the base and of the head → the images to build, and what to say about what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bot.config.applied_budgets import images_text, value_text
from bot.config.kinds import shown
from bot.model.budget import Budget, BudgetKind, Waiver
from bot.model.build import ImageSpec
from bot.model.config import BudgetSet, Config, Policy
from bot.model.image import Platform

_Key = tuple[str, Platform | None]
_Pairs = tuple[tuple[str, str], ...]

_STEERS_THE_BUILDER: Final = "BUILDKIT_"
"""Build arguments of these names are the builder's own options, such as the namespace of its cache mounts."""


def merge_images(
    before: Sequence[ImageSpec], now: Sequence[ImageSpec]
) -> tuple[tuple[ImageSpec, ...], tuple[str, ...]]:
    """Return the images to build at the head, and notes; ``before`` is empty if the base has no configuration.

    An image of the base stays, though the head no longer declares it. What gives authority never comes from the
    head, for it would be given to code that nobody has reviewed: secrets, the network, contexts outside the tree,
    options of the builder. The rest says how the head would build its images; whether that is followed is for the
    plan, which knows the budgets.
    """
    old, new = ({(image.name, image.platform): image for image in images} for images in (before, now))
    kept = [_with_rights_of(_rights_of(image), new.get(key, image)) for key, image in old.items()]
    # Of an image that the base does not have nothing was reviewed, so it gets no right at all.
    added = [_with_rights_of(_Rights(), image) for key, image in new.items() if key not in old]
    return (*kept, *added), tuple(_notes(old, new))


def with_reviewed_rights(before: ImageSpec | None, now: ImageSpec) -> ImageSpec:
    """Take what gives authority from how the base builds an image, whatever the head says (see ``merge_images``)."""
    reviewed = dict(before.parents) if before else {}
    parents = tuple((name, with_reviewed_rights(reviewed.get(name), parent)) for name, parent in now.parents)
    return replace(_with_rights_of(_rights_of(before) if before else _Rights(), now), parents=parents)


class _Rights(NamedTuple):
    """What a build is given besides the files of its commit."""

    secrets: tuple[str, ...] = ()
    network: str = ""
    contexts: _Pairs = ()
    options: _Pairs = ()


def _rights_of(image: ImageSpec) -> _Rights:
    outside = tuple(pair for pair in image.build_contexts if "://" in pair[1] or pair[1].startswith("target:"))
    options = tuple(pair for pair in image.build_args if pair[0].startswith(_STEERS_THE_BUILDER))
    return _Rights(image.secrets, image.network, outside, options)


def _with_rights_of(rights: _Rights, image: ImageSpec) -> ImageSpec:
    """Put the rights that were reviewed in place of an image's own."""
    own = _rights_of(image)
    return replace(
        image,
        secrets=rights.secrets,
        network=rights.network,
        build_contexts=_exchanged(image.build_contexts, own.contexts, rights.contexts),
        build_args=_exchanged(image.build_args, own.options, rights.options),
    )


def _exchanged(pairs: _Pairs, own: _Pairs, reviewed: _Pairs) -> _Pairs:
    """Take out what the head asks for itself, and whatever hides behind the name of something reviewed."""
    if own == reviewed:
        return pairs
    # A name has one value: nothing of the head may compete with what was reviewed under the same name.
    names = {name for name, _ in reviewed}
    return (*(pair for pair in pairs if pair not in own and pair[0] not in names), *reviewed)


def _notes(old: Mapping[_Key, ImageSpec], new: Mapping[_Key, ImageSpec]) -> Iterator[str]:
    for key, image in old.items():
        if key not in new:
            yield f"This change no longer declares {_title(image)}; it is measured all the same."
    for key, image in new.items():
        before = old.get(key)
        if old and before is None:
            yield f"This change declares {_title(image)}; its budgets are those that the base has for it."
        elif before is not None:
            yield from (
                f"This change builds {_title(image)} with another {word}." for word in _different(before, image)
            )
        yield from _notes_on_rights(before, image)


def _notes_on_rights(before: ImageSpec | None, now: ImageSpec) -> Iterator[str]:
    reviewed, asked = _rights_of(before) if before else _Rights(), _rights_of(now)
    place = f" ({now.source})" if now.source else ""
    words = {
        "other secrets": (reviewed.secrets, asked.secrets),
        "another network": (reviewed.network, asked.network),
        f"other contexts from outside of the repository{_names(asked.contexts)}": (
            dict(reviewed.contexts),
            dict(asked.contexts),
        ),
        f"other options of the builder{_names(asked.options)}": (dict(reviewed.options), dict(asked.options)),
    }
    for word, (one, other) in words.items():
        if one != other:
            it = "them" if word.startswith("other") else "it"
            yield f"This change gives {_title(now)} {word}{place}; a build gets {it} once the base has {it}."


def _names(pairs: _Pairs) -> str:
    return f" ({', '.join(shown(name) for name, _ in pairs[:3])})" if pairs else ""


def _different(before: ImageSpec, now: ImageSpec) -> list[str]:
    reviewed, asked = _rights_of(before), _rights_of(now)
    words = {
        "Dockerfile": (before.dockerfile, now.dockerfile),
        "context": (before.context, now.context),
        "target": (before.target, now.target),
        "set of build arguments": (
            _without(before.build_args, reviewed.options),
            _without(now.build_args, asked.options),
        ),
        "set of build contexts": (
            _without(before.build_contexts, reviewed.contexts),
            _without(now.build_contexts, asked.contexts),
        ),
    }
    return [word for word, (one, other) in words.items() if one != other]


def _without(pairs: _Pairs, others: _Pairs) -> Mapping[str, str]:
    return {name: value for name, value in pairs if (name, value) not in others}


def _title(image: ImageSpec) -> str:
    platform = f" on {image.platform}" if image.platform else ""
    return f'image "{image.name}"{platform}'


class _BudgetPlace(NamedTuple):
    """Which budget: of which images, on which platform, of which kind, and for ``paths`` of which prefix."""

    images: str
    platform: str
    kind: BudgetKind
    prefix: str


def describe_changes(before: Config, now: Config) -> tuple[str, ...]:
    """Say what the head's configuration would change; nothing of it holds before it is merged."""
    return (
        *_budget_changes(before.policy, now.policy),
        *_option_changes(before.policy, now.policy),
        *_waiver_changes(before.policy, now.policy),
        *_other_changes(before, now),
    )


def _budget_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _budgets(before), _budgets(now)
    for place in dict.fromkeys((*old, *new)):
        one, other = _text(old.get(place)), _text(new.get(place))
        if one != other:
            yield f"This change would change {_words(place)} from {one} to {other}; the base's holds."


def _budgets(policy: Policy) -> Mapping[_BudgetPlace, Budget]:
    return {_place(budgets, budget): budget for budgets in policy.sets for budget in budgets.budgets}


def _place(budgets: BudgetSet, budget: Budget) -> _BudgetPlace:
    prefix = budget.patterns[0] if budget.kind is BudgetKind.PATHS else ""
    return _BudgetPlace(budgets.images, budgets.platform, budget.kind, prefix)


def _text(budget: Budget | None) -> str:
    if budget is None:
        return "none"
    return value_text(budget) + (f" (on-exceed {budget.on_exceed})" if budget.on_exceed_stated else "")


def _words(place: _BudgetPlace) -> str:
    prefix = f" {shown(place.prefix)}" if place.prefix else ""
    return f"{place.kind}{prefix} of {images_text(place.images, place.platform)}"


def _option_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _options(before), _options(now)
    for place in dict.fromkeys((*old, *new)):
        one, other = old.get(place, "none"), new.get(place, "none")
        if one != other:
            what = f"{place[0]} of {images_text(*place[1:])}"
            yield f"This change would change {what} from {one} to {other}; the base's holds."


def _options(policy: Policy) -> Mapping[tuple[str, str, str], str]:
    return {
        (name, budgets.images, budgets.platform): str(verdict)
        for budgets in policy.sets
        for name, verdict in (("on-exceed", budgets.on_exceed), ("already-over", budgets.already_over))
        if verdict is not None
    }


def _waiver_changes(before: Policy, now: Policy) -> Iterator[str]:
    old, new = _waivers(before), _waivers(now)
    for key in sorted(old.keys() - new.keys()):
        yield f"This change would end {_waiver_words(old[key])}; it still holds."
    for key in sorted(new.keys() - old.keys()):
        yield f"This change would add {_waiver_words(new[key])}; it does not hold before it is merged."


def _waivers(policy: Policy) -> Mapping[tuple[str, str, str], Waiver]:
    return {(waiver.image, waiver.allows, str(waiver.until)): waiver for waiver in policy.waivers}


def _waiver_words(waiver: Waiver) -> str:
    return f"a waiver of {waiver.allows} for {images_text(waiver.image, '')} until {waiver.until}"


def _other_changes(before: Config, now: Config) -> Iterator[str]:
    parts = {
        "override-label": (before.override_label, now.override_label),
        "override-label-sticky": (before.override_label_sticky, now.override_label_sticky),
        "[comment]": (before.comment, now.comment),
        "[[ignore]]": (_ignored(before), _ignored(now)),
        "verify, verify-minutes or verify-min": (_verify(before), _verify(now)),
        "[discover]": (
            (before.discover, before.exclude, before.definitions),
            (now.discover, now.exclude, now.definitions),
        ),
    }
    for name, (one, other) in parts.items():
        if one != other:
            yield f"This change would change {name}; the base's holds."


def _verify(config: Config) -> tuple[object, ...]:
    options = config.verify
    return (options.mode, options.seconds, options.least, [(one.images, one.mode) for one in options.sets if one.mode])


def _ignored(config: Config) -> tuple[tuple[str, str, str], ...]:
    return tuple((item.rule, item.image, item.reason) for item in config.suppressions)
