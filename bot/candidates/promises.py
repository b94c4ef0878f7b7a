"""What the old stage promised and the new one has to keep: environment, ports, labels, volumes, user, command."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.candidates.bases import Base
from bot.candidates.seen import Seen
from bot.candidates.stage_text import assignment, exec_form, path_word, single_line
from bot.candidates.start import StartCommand
from bot.contents.lookup import DEFAULT_PATH, encoded, variable
from bot.dockerfile import expand, variables_at
from bot.errors import DockerfileError
from bot.model.dockerfile import Instruction

CONFIGURES: Final = ("EXPOSE", "VOLUME", "LABEL", "MAINTAINER", "STOPSIGNAL", "ONBUILD", "HEALTHCHECK")
_OF_BUILDING: Final = re.compile(
    r".*_(?:VERSION|SHA\d*|URLS?|MD5|DIGEST)|GPG_KEYS?|GO(?:PATH|TOOLCHAIN|LANG.*)|RUSTUP_HOME|CARGO_HOME|JAVA_HOME"
    r"|(?:MAVEN|GRADLE|PHPIZE|PHP|NUGET|NPM_CONFIG|YARN)_.*|DEBIAN_FRONTEND|HOME|PATH|container|SSL_CERT_FILE|HOSTNAME"
)
_NAME: Final = re.compile(r"[a-z_][a-z0-9_.-]*\$?")
_ROOT: Final = frozenset({"", "0", "root"})
_LONGEST: Final = 65_536


@dataclass(frozen=True, slots=True)
class UserAccount:
    """A line of /etc/passwd with the name of its group."""

    name: str
    user: str
    group: str
    group_name: str
    home: str
    shell: str


def environment_lines(seen: Seen, base: Base, brought: Collection[bytes], search: Sequence[str] = ()) -> Iterator[str]:
    """Write what ENV set, and what the old base had set where the new one is of another family.

    ``brought`` are folders in which something goes along: those of PATH that have nothing are left out.
    """
    values = dict(entry.partition("=")[::2] for entry in seen.config.env)
    for one in (one for one in seen.chain if one.keyword == "ENV"):
        names = [name for name in _names(seen, one) if name != "PATH" or (base.same_family and not search)]
        if names and "$" not in one.body and len(names) == len(one.arguments) // 3:
            yield seen.dockerfile.source(one.span)
        elif names:
            yield "ENV " + " ".join(assignment(name, values.get(name, "")) for name in dict.fromkeys(names))
    own = {name for one in seen.chain if one.keyword == "ENV" for name in _names(seen, one)}
    if not base.same_family:
        inherited = [name for name in values if name not in own and not _OF_BUILDING.fullmatch(name)]
        if inherited:
            yield "ENV " + " ".join(assignment(name, values[name]) for name in inherited)
    yield from _path_line(seen, base, brought, search)


def configuration_lines(seen: Seen, base: Base, health_check: str = "") -> Iterator[str]:
    """Write ports, volumes, labels, stop signal, triggers and health check, as written where that means the same.

    ``health_check`` takes the place of one that is written for a shell.
    """
    said = [one for one in seen.chain if one.keyword in CONFIGURES]
    # Triggers are for images that are built from this one; those of an earlier stage have been pulled.
    said = [one for one in said if one.keyword != "ONBUILD" or one in seen.stage.instructions]
    checks = [one for one in said if one.keyword == "HEALTHCHECK"]
    for one in said:
        if one.keyword != "HEALTHCHECK":
            yield from _same(seen, one)
        elif one is checks[-1]:
            yield from comments_above(seen, one)
            yield health_check or seen.dockerfile.source(one.span).rstrip()
    if not base.same_family:
        yield from _inherited_configuration(seen, {one.keyword for one in said})


def command_lines(seen: Seen, base: Base, command: StartCommand | None) -> Iterator[str]:
    """Write ENTRYPOINT and CMD: a resolved command in exec form, else as they are."""
    own = [one for one in seen.chain if one.keyword in {"SHELL", "ENTRYPOINT", "CMD"}]
    if command is None:
        config = seen.config
        otherwise = {} if base.same_family else {"ENTRYPOINT": config.entrypoint, "CMD": config.cmd}
        for keyword in ("SHELL", "ENTRYPOINT", "CMD"):
            last = next((one for one in reversed(own) if one.keyword == keyword), None)
            words = otherwise.get(keyword)
            if last or words:
                yield with_comments(seen, last) if last else exec_form(keyword, words or ())
        return
    yield from (line for one in own if one.keyword != "SHELL" for line in comments_above(seen, one))
    if command.entrypoint is not None or base.program or base.same_family:
        yield exec_form("ENTRYPOINT", command.entrypoint or ())
    if command.cmd or command.entrypoint is None:
        yield exec_form("CMD", command.cmd)


def account_of(seen: Seen) -> UserAccount | None:
    """Return the account that USER names, ``None`` for root, a number, or a name that /etc/passwd does not have."""
    name = seen.config.user.partition(":")[0]
    if name in _ROOT or name.isdigit() or not _NAME.fullmatch(name):
        return None
    groups = {row[2]: row[0] for row in _rows(seen, b"etc/group", 3)}
    rows = _rows(seen, b"etc/passwd", 7)
    found = next((row for row in rows if row[0] == name and row[2].isdigit() and row[3].isdigit()), None)
    if found is None:
        return None
    return UserAccount(name, found[2], found[3], groups.get(found[3], ""), found[5], found[6])


def is_root(user: str) -> bool:
    """Tell whether USER names root."""
    return user.partition(":")[0] in _ROOT


def account_lines(seen: Seen, base: Base) -> Iterator[str]:
    """Make the account that USER names, where the new base does not have it. Raises ``DockerfileError``."""
    account = account_of(seen)
    if account is None or (base.same_family and not _makes_account(seen, account.name)):
        return
    home = seen.is_folder(encoded(account.home.strip("/")))
    group = account.group_name or account.name
    if not (_NAME.fullmatch(group) and account.group_name):
        raise DockerfileError("The candidate cannot be written.", why="The user's group has no name.")
    if base.packager == "apk":
        yield f"RUN addgroup -g {account.group} {group} \\"
        yield f"    && adduser -D -u {account.user} -G {group} -h {path_word(account.home)} {account.name}"
        return
    yield f"RUN groupadd --gid {account.group} {group} \\"
    yield (
        f"    && useradd --uid {account.user} --gid {group} --home-dir {path_word(account.home)}"
        f"{' --create-home' if home else ''} --shell {path_word(account.shell or '/bin/sh')} {account.name}"
    )


def user_line(seen: Seen) -> Iterator[str]:
    """Write USER as it was, if it was not root by default."""
    if seen.config.user:
        yield f"USER {single_line(seen.config.user)}" if re.fullmatch(r"[\w.$:-]+", seen.config.user) else _refused()


def with_comments(seen: Seen, one: Instruction) -> str:
    """Return an instruction as it is written, with the comments right above it."""
    return "\n".join([*comments_above(seen, one), seen.dockerfile.source(one.span).rstrip()])


def comments_above(seen: Seen, one: Instruction) -> list[str]:
    """Return the lines of comment right above an instruction."""
    lines = seen.dockerfile.text[: seen.dockerfile.text.rfind("\n", 0, one.span.start) + 1].splitlines()
    found = list[str]()
    while lines and lines[-1].lstrip().startswith("#"):
        found.insert(0, lines.pop())
    return found if lines else []


def _path_line(seen: Seen, base: Base, brought: Collection[bytes], search: Sequence[str]) -> Iterator[str]:
    old = variable(seen.config, "PATH", DEFAULT_PATH).split(":")
    if base.same_family and not search:
        return
    default = DEFAULT_PATH.split(":")
    kept = [one for one in old if one in default or base.same_family or seen.real(encoded(one.strip("/"))) in brought]
    program = [base.program.rpartition("/")[0]] if base.program else []
    further = [one for one in kept if one not in default]
    folders = list(dict.fromkeys([*search, *program, *further, *default]))
    if sorted(folders) != sorted(default):
        yield f"ENV {assignment('PATH', ':'.join(folders))}"


def _same(seen: Seen, one: Instruction) -> Iterator[str]:
    """Write an instruction as it is; one with variables from the image's configuration."""
    if "$" not in one.body or one.keyword == "ONBUILD":
        yield with_comments(seen, one)
    elif one.keyword == "LABEL":
        labels = seen.config.labels
        found = [name for name in _names(seen, one) if name in labels]
        yield "LABEL " + " ".join(assignment(name, labels[name]) for name in found) if found else _refused()
    else:
        yield from _configured(seen, one.keyword)


def _inherited_configuration(seen: Seen, said: Collection[str]) -> Iterator[str]:
    for keyword in ("EXPOSE", "VOLUME", "STOPSIGNAL"):
        if keyword not in said:
            yield from _configured(seen, keyword)
    check = seen.config.health_check
    if check and "HEALTHCHECK" not in said and check.test:
        yield _refused()


def _configured(seen: Seen, keyword: str) -> Iterator[str]:
    config = seen.config
    if keyword == "EXPOSE" and config.exposed_ports:
        ports = [port.removesuffix("/tcp") for port in config.exposed_ports]
        yield "EXPOSE " + " ".join(ports) if all(re.fullmatch(r"[\d/a-z-]+", one) for one in ports) else _refused()
    elif keyword == "VOLUME" and config.volumes:
        yield exec_form("VOLUME", config.volumes)
    elif keyword == "STOPSIGNAL" and config.stop_signal:
        yield f"STOPSIGNAL {config.stop_signal}" if config.stop_signal.isalnum() else _refused()


def _names(seen: Seen, one: Instruction) -> list[str]:
    """Return the names that ENV or LABEL sets."""
    stage = seen.dockerfile.stage_of(one) or seen.stage
    known = variables_at(seen.dockerfile, stage, one)
    return [expand(key, known, seen.dockerfile.escape) for key in one.arguments[0::3]]


def _makes_account(seen: Seen, name: str) -> bool:
    runs = (one.joined for one in seen.chain if one.keyword == "RUN")
    return any(re.search(rf"\b(?:user|adduser|useradd)\b.*\b{re.escape(name)}\b", text) for text in runs)


def _rows(seen: Seen, path: bytes, count: int) -> Iterator[list[str]]:
    text = seen.content(path)[:_LONGEST].decode("utf-8", "replace")
    rows = (line.split(":") for line in text.splitlines())
    return (row for row in rows if len(row) >= count)


def _refused() -> str:
    raise DockerfileError("The candidate cannot be written.", why="Its configuration holds what no instruction says.")
