"""Build secrets: where they may lie, what buildx is told of them, and their values, so that nobody gets to see them.

They may never lie in what the runner, git or docker keep for themselves, wherever a path leads: a file of the workspace
is named by a reviewed configuration, but whether it is a link to something else is up to the pull request that is
checked out there.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.errors import ConfigError
from bot.model.build import BuildRequest, ImageSpec, is_of_the_runner, is_of_the_system

# BuildKit refuses a larger secret (MaxSecretSize, 500 KiB).
_LIMIT_BYTES = 500 << 10
_RUNNERS_FOLDERS = frozenset({"_runner_file_commands", "_github_workflow"})
_RUNNERS_MOUNTS = ("/github/workflow", "/github/file_commands")
_RUNNERS_FILES = frozenset({".credentials", ".credentials_rsaparams"})


class BuildSecret(NamedTuple):
    """A secret as it was written: its name, and the file or the variable that holds it; the file, if there are both."""

    name: str
    file: str = ""
    named_variable: str = ""

    @property
    def variable(self) -> str:
        """The variable that holds it, empty for a file; without a source it is the one named like the secret."""
        return "" if self.file else self.named_variable or self.name

    @property
    def path(self) -> str:
        """The file, from where we were started, with every link followed."""
        return os.path.realpath(Path.cwd() / self.file)

    @property
    def argument(self) -> str:
        """What buildx is told; without a source it would take the name for a path as well as for a variable."""
        return f"id={self.name},src={self.path}" if self.file else f"id={self.name},env={self.variable}"

    def values(self, environment: Mapping[str, str]) -> Iterator[str]:
        """Every value that buildx could find for it: one without a source may come from a variable or a file."""
        variable = self.named_variable or ("" if self.file else self.name)
        if environment.get(variable):
            yield environment[variable]
        yield from _content(self.file or ("" if self.named_variable else self.name))


def build_secrets(spec: ImageSpec) -> tuple[BuildSecret, ...]:
    """Read where the secrets of an image lie."""
    return tuple(map(_parsed, spec.secrets))


def refuse_secrets_of_others(request: BuildRequest, environment: Mapping[str, str]) -> None:
    """Raise ``ConfigError`` where a secret is asked for that is not the build's."""
    spec = request.spec
    line = spec.source or 'input "secrets"'
    problems = [
        f'{line}: secret "{secret.name}" of image "{spec.name}" {reason}; put it into a file or variable of its own'
        for secret in build_secrets(spec)
        for reason in _objections(secret, environment)
    ]
    if problems:
        raise ConfigError(problems)


def _parsed(text: str) -> BuildSecret:
    """Read ``id=…,src=…`` or ``id=…,env=…``; with ``type=env`` buildx takes the source for a variable."""
    fields = dict(field.partition("=")[::2] for field in text.split(","))
    file, variable = fields.get("src") or fields.get("source") or "", fields.get("env", "")
    if fields.get("type") == "env" and not variable:
        file, variable = "", file
    return BuildSecret(fields.get("id", ""), file, variable)


def _content(path: str) -> Iterator[str]:
    """Read a file as seen from where we were started; what cannot be read cannot be given to a build either."""
    try:
        with Path(path or "/").open("rb") as file:
            yield file.read(_LIMIT_BYTES).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return


def _objections(secret: BuildSecret, environment: Mapping[str, str]) -> Iterator[str]:
    if not secret.file:
        if is_of_the_runner(secret.variable):
            yield f"asks for {secret.variable}, which is the runner's"
        return
    path = secret.path
    if not Path(secret.file).is_absolute() and not _is_below(path, os.path.realpath(Path.cwd())):
        yield f"leads out of the workspace, to {path}"
    elif is_of_the_system(path):
        yield f"leads to {path}, which is the machine's"
    elif ".git" in Path(path).parts:
        yield f"leads to {path}, where git keeps its credentials"
    elif any(_is_below(path, os.path.realpath(folder)) for folder in _folders_of_docker(environment)):
        yield f"leads to {path}, where docker keeps its credentials"
    elif _is_the_runners(path, environment):
        yield f"leads to {path}, which is the runner's"


def _is_below(path: str, folder: str) -> bool:
    return (path + os.sep).startswith(folder.rstrip(os.sep) + os.sep)


def _folders_of_docker(environment: Mapping[str, str]) -> Iterator[str]:
    if environment.get("DOCKER_CONFIG"):
        yield environment["DOCKER_CONFIG"]
    if environment.get("HOME"):
        yield str(Path(environment["HOME"], ".docker"))


def _is_the_runners(path: str, environment: Mapping[str, str]) -> bool:
    """Tell whether a file is one through which the runner and its steps talk, by its name or as the very same file."""
    if _RUNNERS_FOLDERS & set(Path(path).parts) or Path(path).name in _RUNNERS_FILES:
        return True
    named = (value for name, value in environment.items() if is_of_the_runner(name) and value.startswith("/"))
    return any(_is_below(path, mount) for mount in _RUNNERS_MOUNTS) or any(_is_same_file(path, one) for one in named)


def _is_same_file(one: str, other: str) -> bool:
    """Tell whether two names are of one file: a hard link leads into the runner's files as well as a symbolic one."""
    try:
        return Path(other).is_file() and Path(one).samefile(other)
    except (OSError, ValueError):
        return False
