"""The commands that end up in the final image, and what the image starts."""

import posixpath
import re
from collections.abc import Iterable
from functools import lru_cache

from bot.contents.start_command import Started, read_command
from bot.dockerfile import Dockerfile, Stage
from bot.dockerfile.shell_commands import Command, Script, read_script
from bot.model.image import ImageConfig

SHELLS = frozenset({"sh", "bash", "ash", "zsh", "dash", "fish"})
_PERHAPS = 0.5
_REPLS = frozenset({"python", "python3", "node", "irb", "php", "jshell", "iex", "erl", "julia", "ghci", "perl", "psql"})
_COMPILERS = re.compile(r"build-essential|build-base|(?:gcc|g\+\+|clang)(?:-\d+)?|.*-dev(?:el)?")
PACKAGE_INSTALLS = (
    ("apt-get", "install"),
    ("apt", "install"),
    ("aptitude", "install"),
    ("apk", "add"),
    ("yum", "install"),
    ("dnf", "install"),
    ("microdnf", "install"),
    ("zypper", "install"),
)
_COMPILING = (
    *((tool, "install") for tool in ("pip", "pip3", "gem", "bundle", "npm", "yarn", "pnpm", "cargo", "go", "pecl")),
    *(("python3", "pip", "install"), ("python", "pip", "install"), ("npm", "ci"), ("yarn",), ("uv",), ("poetry",)),
    *(("cargo", "build"), ("go", "build"), ("make",), ("cmake",), ("gcc",), ("g++",), ("cc",), ("ninja",), ("meson",)),
    *(("configure",), ("perl",), ("cpan",), ("cpanm",), ("docker-php-ext-install",), ("phpize",)),
)
_REMOVALS = (
    ("apt-get", "purge"),
    ("apt-get", "remove"),
    ("apt-get", "autoremove"),
    ("apt", "purge"),
    ("apt", "remove"),
    ("apk", "del"),
    ("yum", "remove"),
    ("yum", "erase"),
    ("yum", "autoremove"),
    ("dnf", "remove"),
    ("dnf", "autoremove"),
    ("microdnf", "remove"),
    ("zypper", "remove"),
    ("dpkg", "--purge"),
)


def final_stages(dockerfile: Dockerfile, stage: Stage | None = None) -> tuple[Stage, ...]:
    """Return the stages whose layers are in the image, lowest first: what the built one starts from, and itself."""
    chain = [stage or dockerfile.final_stage]
    while chain[-1].base_stage is not None:
        chain.append(dockerfile.stages[chain[-1].base_stage])
    return tuple(reversed(chain))


def final_scripts(dockerfile: Dockerfile, stage: Stage | None = None) -> tuple[Script, ...]:
    """Read the shell of every RUN whose layer is in the image."""
    return _final_scripts(dockerfile, (stage or dockerfile.final_stage).index)


@lru_cache(maxsize=8)
def _final_scripts(dockerfile: Dockerfile, index: int) -> tuple[Script, ...]:
    """Every rule asks for the same scripts; reading them is what costs."""
    stages = final_stages(dockerfile, dockerfile.stages[index])
    found = (read_script(dockerfile, run) for stage in stages for run in stage.of("RUN"))
    return tuple(script for script in found if script is not None)


def starts_any(command: Command, beginnings: Iterable[tuple[str, ...]]) -> bool:
    """Tell whether a command starts with any of these word sequences."""
    return any(command.starts(*words) for words in beginnings)


def may_compile(command: Command) -> bool:
    """Tell whether a command may compile: a package manager of a language does where it finds no built package."""
    return starts_any(command, _COMPILING)


def removes_packages(script: Script) -> bool:
    """Tell whether a RUN removes packages again."""
    return any(starts_any(command, _REMOVALS) or "--purge" in command.texts for command in script.commands)


def installs_packages(script: Script) -> bool:
    """Tell whether a RUN installs packages of the distribution."""
    return any(starts_any(command, PACKAGE_INSTALLS) for command in script.commands)


def installs_compiler(script: Script) -> bool:
    """Tell whether a RUN installs a compiler or headers by name."""
    return any(_installs_compiler(command) for command in script.commands)


def _installs_compiler(command: Command) -> bool:
    names = (word.partition("=")[0] for word in command.operands[1:])
    return starts_any(command, PACKAGE_INSTALLS) and any(_COMPILERS.fullmatch(name) for name in names)


def started_by(dockerfile: Dockerfile) -> Started:
    """Read what the text says the image starts; what only the base image says is unknown, and so nothing."""
    entrypoint = cmd = None
    for stage in final_stages(dockerfile):
        for one in stage.of("ENTRYPOINT", "CMD"):
            words = one.arguments if one.exec_form else ("/bin/sh", "-c", one.body)
            entrypoint = words if one.keyword == "ENTRYPOINT" else entrypoint
            cmd = words if one.keyword == "CMD" else None if one.keyword == "ENTRYPOINT" else cmd
    return read_command(ImageConfig(entrypoint=entrypoint, cmd=cmd))


def is_application(started: Started) -> bool:
    """Tell whether an image starts something of its own: neither nothing, nor a shell, nor a bare interpreter."""
    name = posixpath.basename(started.program)
    if not name or (name in SHELLS and not started.arguments):
        return False
    return bool(started.arguments) or name.rstrip("0123456789.") not in _REPLS


def is_bare_shell(started: Started) -> bool:
    """Tell whether an image says that it starts a shell for somebody to work in."""
    return posixpath.basename(started.program) in SHELLS and not started.arguments


def is_one_of(started: Started, commands: Iterable[str]) -> bool:
    """Tell whether what is started is one of these: ``air``, or with its first arguments ``npm run dev``."""
    words = [word for word in started.arguments if not word.startswith("-")]
    spelled = [posixpath.basename(started.program), *words[:2]]
    return any(" ".join(spelled[:count]) in commands for count in range(1, len(spelled) + 1))


def purpose(started: Started, dockerfile: Dockerfile | None, stage: Stage | None) -> float:
    """Tell how likely an image is made to run a program of its own: 1 where it says so, 0 where it does not.

    In between are those that say nothing of it (the base image's shell is no choice) and copy from the build context:
    what they run is named when a container is started.
    """
    if is_application(started):
        return 1.0
    stages = final_stages(dockerfile, stage) if dockerfile else ()
    says_so = any(part.of("CMD", "ENTRYPOINT") for part in stages)
    copies = any(one.flag("from") is None for part in stages for one in part.of("COPY", "ADD"))
    return _PERHAPS if copies and not says_so else 0.0
