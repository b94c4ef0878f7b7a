"""The values of build secrets, read where buildx reads them, so that nobody gets to see them in what we write."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# BuildKit refuses a larger secret (MaxSecretSize, 500 KiB).
_LIMIT_BYTES = 500 << 10


def secret_values(secrets: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """Give the value of each secret that is there; one without a source may come from a variable or a file."""
    for secret in secrets:
        fields = dict(one.partition("=")[::2] for one in secret.split(","))
        name, source = fields.get("id", ""), fields.get("src") or fields.get("source") or ""
        variable = fields.get("env", "")
        if fields.get("type") == "env" and not variable:
            variable, source = source, ""
        yield from _of_variable(variable or ("" if source else name), environment)
        yield from _of_file(source or ("" if variable else name))


def _of_variable(name: str, environment: Mapping[str, str]) -> Iterator[str]:
    if environment.get(name):
        yield environment[name]


def _of_file(path: str) -> Iterator[str]:
    """Read a file as seen from where we were started; what cannot be read cannot be given to a build either."""
    try:
        with Path(path or "/").open("rb") as file:
            yield file.read(_LIMIT_BYTES).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return
