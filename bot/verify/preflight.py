"""A candidate against the original before anything runs, from their trees and configurations alone."""

import posixpath
import shlex
from collections.abc import Iterable, Iterator

from bot.contents.lookup import absolute, find_file, find_program, resolve
from bot.contents.start_command import read_command
from bot.model.explain import Measurement
from bot.model.image import EntryKind, ImageConfig
from bot.model.verify import Check, CheckState, Trace
from bot.verify.configurations import compared_configurations
from bot.verify.files import compared_files

_PASSED, _FAILED, _NOT_MADE = CheckState.PASSED, CheckState.FAILED, CheckState.NOT_MADE
_CERTIFICATES = (
    *("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"),
    *("/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
)
_ZONES = ("/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Etc/UTC", "/usr/share/zoneinfo/Europe/London")
_STICKY = 0o1777
_BUILT_IN = frozenset({"exit", "test", "[", "true", "false", "echo", "cd", "exec", "if", "then", "fi", "!", ":", "set"})


def preflight(
    original: Measurement, candidate: Measurement, trace: Trace | None, altered: tuple[str, ...] = ()
) -> tuple[Check, ...]:
    """Check what can be checked without running: what fails here need not be run.

    ``trace`` is what the original asked for in its runs, ``None`` where that could not be had; ``altered`` are the
    phrases of what the candidate knowingly changes. What cannot be told is a check that was not made.
    """
    return tuple(
        check
        for checks in (
            _program(original, candidate),
            _closure(original, candidate),
            _health_check(original, candidate),
            _user(original, candidate),
            _working_directory(original, candidate),
            _temporary_directory(original, candidate),
            _shipped_data(original, candidate, trace),
            compared_configurations(original, candidate, altered),
            compared_files(original, candidate, trace),
        )
        for check in checks
    )


def _program(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """The first word of what is started is an executable file, as the working directory and PATH have it."""
    before, after = read_command(original.image.config), read_command(candidate.image.config)
    if not before.program:
        return
    if not after.program:
        yield Check("program", _FAILED, "starts nothing, the original starts a program", before.program)
        return
    if find_program(original.tree, original.image.config, before.program) is None:
        yield Check(
            "program", _NOT_MADE, "starts a program that is not found among the original's files", before.program
        )
        return
    argv = (*(candidate.image.config.entrypoint or ()), *(candidate.image.config.cmd or ()))
    for word in dict.fromkeys((argv[0], after.program)):
        found = find_program(candidate.tree, candidate.image.config, word)
        if found is None:
            yield Check("program", _FAILED, "lacks the program that it starts", word)
        elif not _mode(candidate, found) & 0o111:
            yield Check("program", _FAILED, "starts a program that is not executable", word)
        else:
            yield Check("program", _PASSED, "has the program that it starts", word)


def _mode(side: Measurement, path: bytes) -> int:
    """Return the mode of a file; a hard link has that of what it names."""
    entry = side.tree.live[path].entry
    if entry.kind is EntryKind.HARD_LINK and entry.link in side.tree.live:
        entry = side.tree.live[entry.link].entry
    return entry.mode


def _closure(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """Interpreters of ``#!`` and ELF files, and the libraries that they need, are there."""
    if original.facts is None or candidate.facts is None:
        yield Check("libraries", _NOT_MADE, "was not followed to its interpreters and libraries")
        return
    missing = [
        name for name in candidate.facts.runtime.missing if name not in frozenset(original.facts.runtime.missing)
    ]
    if missing:
        yield Check("libraries", _FAILED, "lacks an interpreter or a library", ", ".join(missing[:8]))
    elif candidate.facts.runtime.files:
        count = len(candidate.facts.runtime.files)
        yield Check("libraries", _PASSED, f"has every file that its program is linked to ({count})")


def _health_check(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """What a health check calls is there; that it is configured alike is another check."""
    check = candidate.image.config.health_check
    if check is None or check.test[:1] not in {("CMD",), ("CMD-SHELL",)}:
        return
    missing = [word for word in _called(check.test, candidate.image.config) if _is_lost(original, candidate, word)]
    if missing:
        yield Check("health check", _FAILED, "lacks what its health check calls", ", ".join(missing[:4]))
    else:
        yield Check("health check", _PASSED, "has what its health check calls")


def _is_lost(original: Measurement, candidate: Measurement, word: str) -> bool:
    if find_program(candidate.tree, candidate.image.config, word) is not None:
        return False
    return word.startswith("/") or find_program(original.tree, original.image.config, word) is not None


def _called(test: tuple[str, ...], config: ImageConfig) -> Iterable[str]:
    if test[0] == "CMD":
        return test[1:2]
    return (*(config.shell[:1] or ("/bin/sh",)), *_commands(" ".join(test[1:])[:4096]))


def _commands(line: str) -> Iterator[str]:
    """Return the first word of every simple command of a shell line, those that a shell has itself left out."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()")
    lexer.whitespace_split = True
    is_first = True
    try:
        for word in lexer:
            if word and set(word) <= set("|&;()"):
                is_first = True
            elif is_first and "=" not in word:
                is_first = word in {"if", "then", "!", "exec"}
                if word not in _BUILT_IN and "$" not in word:
                    yield word
    except ValueError:
        return


def _user(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """The user that is configured can be found."""
    name = candidate.image.config.user.partition(":")[0]
    if not name or name.isdigit():
        return
    found, before = (resolve(side.tree, "/etc/passwd") for side in (candidate, original))
    if found is None:
        yield Check("user", _FAILED, "has no entry for its user, since it has no /etc/passwd", name)
    elif before is None or not _same_content(original, before, candidate, found):
        yield Check("user", _NOT_MADE, "looks its user up when it starts", name)
    else:
        yield Check("user", _PASSED, "has the user that the original has", name)


def _same_content(original: Measurement, before: bytes, candidate: Measurement, found: bytes) -> bool:
    if original.image.content_scheme != candidate.image.content_scheme:
        return False
    one, other = original.tree.live[before].entry, candidate.tree.live[found].entry
    return one.content is not None and (one.content, one.stored_bytes) == (other.content, other.stored_bytes)


def _working_directory(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    """The working directory may be written to by the user, where it could before."""
    place = original.image.config.working_dir or "/"
    before = _writable(original, place)
    if before is None or not before:
        return
    after = _writable(candidate, place)
    if after is None:
        yield Check(
            "working directory", _NOT_MADE, "has a user who may or may not write to the working directory", place
        )
    elif after:
        yield Check("working directory", _PASSED, "may write to its working directory", place)
    else:
        yield Check("working directory", _NOT_MADE, "may not write to its working directory, the original may", place)


def _writable(side: Measurement, place: str) -> bool | None:
    """Tell whether the user of an image may write to a directory; ``None`` where its number is not known."""
    user = side.image.config.user.partition(":")[0] or "0"
    if user in {"0", "root"}:
        return True
    path = resolve(side.tree, absolute(side.image.config, place))
    if path is None:
        return False
    entry = side.tree.live[path].entry
    if entry.mode & 0o002:
        return True
    if not user.isdigit():
        return None if entry.owner[0] else False
    return entry.owner[0] == int(user) and bool(entry.mode & 0o200)


def _temporary_directory(original: Measurement, candidate: Measurement) -> Iterator[Check]:
    before, after = (side.tree.live.get(resolve(side.tree, "/tmp") or b"?") for side in (original, candidate))  # noqa: S108
    if before is None or before.entry.kind is not EntryKind.DIRECTORY:
        return
    if after is None or after.entry.kind is not EntryKind.DIRECTORY:
        yield Check("temporary directory", _FAILED, "has no /tmp, the original has one")
    elif before.entry.mode & _STICKY == _STICKY != after.entry.mode & _STICKY:
        yield Check(
            "temporary directory",
            _FAILED,
            f"has a /tmp of mode {after.entry.mode & 0o7777:o}, that of the original is 1777",
        )
    else:
        yield Check("temporary directory", _PASSED, "has a /tmp as before")


def _shipped_data(original: Measurement, candidate: Measurement, trace: Trace | None) -> Iterator[Check]:
    """What programs look for at known places: certificates, time zones, locales."""
    opened = frozenset(trace.opened) if trace else frozenset()
    for name, places in (("CA certificates", _CERTIFICATES), ("time zones", _ZONES)):
        has_before, has_after = (any(find_file(side.tree, one) for one in places) for side in (original, candidate))
        if has_before and has_after:
            yield Check(name, _PASSED, f"has {name}")
        elif has_before:
            known = [posixpath.dirname(place).strip("/").encode() for place in places]
            used = any(path.startswith(tuple(known)) for path in opened)
            what = "which the original opens" if used else "which no run opened"
            yield Check(name, _FAILED if used else _NOT_MADE, f"lacks {name}, {what}")
    locales = {path for path in opened if path.startswith((b"usr/lib/locale/", b"usr/share/locale/"))}
    lost = sorted(path for path in locales if path in original.tree.live and path not in candidate.tree.live)
    if lost and _locale_is_asked_for(original):
        detail = b" ".join(lost[:3]).decode("utf-8", "replace")
        yield Check("locale", _FAILED, "lacks the locale that the original opens", detail)


def _locale_is_asked_for(side: Measurement) -> bool:
    """Tell whether an environment variable names a locale that is not built into the C library."""
    values = [one.partition("=")[2] for one in side.image.config.env if one.startswith(("LANG=", "LC_", "LANGUAGE="))]
    return any(value.split(".")[0] not in {"", "C", "POSIX"} for value in values)
