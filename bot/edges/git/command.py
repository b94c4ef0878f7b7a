"""The one way in which git is called: no hooks, no helpers of the repository's choosing, no prompt, no surprise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.edges.programs import USUAL_FOLDERS, Program, ProgramOutput, find_program, run
from bot.errors import GitError

# What configuration, also the machine's or the user's, can have git run or reach of its own accord; each of these
# closes one such door. A checkout has no configuration at all (``isolated``), the pager is in ``_FIXED``, and a folder
# that poses as a bare repository is never discovered, because the repository is always named.
_OPTIONS = (
    # A program that is asked which files changed whenever an index is read.
    "core.fsmonitor=false",
    # post-checkout, reference-transaction and all the others.
    "core.hooksPath=/dev/null",
    # A program that asks for a password, which waits for ever where nobody sits.
    "core.askPass=",
    # Git LFS would download content on its own; pointers are filled from what is there (``parts``), else named.
    "filter.lfs.process=",
    "filter.lfs.required=false",
    # Repacking in the background would outlive us, and write into what we promised only to read.
    "maintenance.auto=false",
    # A remote ext::COMMAND is a command, which protocol.allow could have allowed.
    "protocol.ext.allow=never",
)
_KEPT = frozenset({"HOME", "XDG_CONFIG_HOME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"})
_KEPT_PREFIXES = ("GIT_CONFIG", "GIT_SSH", "GIT_SSL", "GIT_PROXY")
_KEPT_LOWER = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
_FIXED = {
    # Reasons are picked out of messages by their English beginnings.
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    # refs/replace/* would show another tree under the commit that a report names.
    "GIT_NO_REPLACE_OBJECTS": "1",
    # A path of a configuration such as ``:(glob)**`` is a name, not a pattern.
    "GIT_LITERAL_PATHSPECS": "1",
    # A refreshed index would be written back into the user's repository.
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
}
_ISOLATED = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    # Where the user's own attributes lie when no configuration says so.
    "XDG_CONFIG_HOME": "/nonexistent",
}
_DEADLINE_SECONDS = 600.0
_REASON_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class SafeGit:
    """git for one repository folder, which is always named, so that git never discovers one by itself.

    ``settings`` are configuration values, which may be secret: they travel by the environment.
    """

    program: str
    git_dir: str
    environment: Mapping[str, str] = field(repr=False)
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    folder: str = "/"

    def at(self, git_dir: str) -> "SafeGit":
        """Return the same git for another repository folder."""
        return replace(self, git_dir=git_dir)

    def knowing(self, settings: Sequence[tuple[str, str]], folder: str = "/") -> "SafeGit":
        """Return the same git with more configuration, run in a folder to which relative remotes refer."""
        return replace(self, settings=(*self.settings, *settings), folder=folder)

    def isolated(self) -> "SafeGit":
        """Return the same git with no configuration but that of its repository folder, and without its attributes."""
        kept = {name: value for name, value in self.environment.items() if not name.startswith("GIT_CONFIG")}
        return replace(self, environment=kept | _ISOLATED, settings=())

    def without(self, prefix: str) -> "SafeGit":
        """Return the same git without the configuration whose keys start like this."""
        return replace(self, settings=tuple(one for one in self.settings if not one[0].startswith(prefix)))

    def attempt(self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> ProgramOutput:
        """Run git and return what came of it, whatever that is."""
        options = (f"safe.directory={self.git_dir.removesuffix('/.git')}", f"safe.directory={self.git_dir}", *_OPTIONS)
        command = (self.program, f"--git-dir={self.git_dir}", *(part for one in options for part in ("-c", one)))
        environment = {**self.environment, **_as_variables(self.settings, self.environment), **(variables or {})}
        return run(Program((*command, *arguments), environment, _DEADLINE_SECONDS, stdin, self.folder))

    def bytes(self, *arguments: str, stdin: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        """Run git and return its standard output; raises ``GitError`` with git's own reason where it fails."""
        output = self.attempt(*arguments, stdin=stdin, variables=variables)
        if output.exit_code != 0 or output.cut or output.expired:
            raise GitError(f"git {arguments[0]} failed.", why=reason(output))
        return output.stdout

    def text(self, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
        """Run git and return its output as one line of text."""
        return decode(self.bytes(*arguments, variables=variables)).rstrip("\n")

    def answer(self, *arguments: str) -> str | None:
        """Run git and return its output as one line of text, ``None`` where it fails."""
        output = self.attempt(*arguments)
        return decode(output.stdout).rstrip("\n") if output.exit_code == 0 else None


def safe_git(git_dir: str, environment: Mapping[str, str]) -> SafeGit:
    """Prepare git for a repository folder. Raises ``GitError`` if there is no git."""
    path = environment.get("PATH", "")
    program = find_program("git", path)
    if program is None:
        raise GitError("git was not found.", why="It is in none of the usual folders.", fix="Install git.")
    return SafeGit(program, git_dir, dict(_clean(environment, path)) | _FIXED)


def reason(output: ProgramOutput) -> str:
    """Return git's own words for a failure, printable and short."""
    if output.expired:
        return f"It took longer than {_DEADLINE_SECONDS:.0f} s."
    if output.cut:
        return "It answered with more than can be read."
    lines = [line for line in decode(output.stderr).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines or ["It gave no reason."]
    return "".join(one if one.isprintable() else " " for one in told[0])[:_REASON_CHARACTERS]


def decode(raw: bytes) -> str:
    """Decode what git says; names that are not UTF-8 survive as surrogates."""
    return raw.decode("utf-8", "surrogateescape")


def _clean(environment: Mapping[str, str], path: str) -> Iterator[tuple[str, str]]:
    absolute = [folder for folder in path.split(":") if folder.startswith("/")]
    yield "PATH", ":".join((*absolute, *USUAL_FOLDERS))
    for name, value in environment.items():
        if name in _KEPT or name.lower() in _KEPT_LOWER or name.startswith(_KEPT_PREFIXES):
            yield name, value


def _as_variables(settings: Sequence[tuple[str, str]], environment: Mapping[str, str]) -> dict[str, str]:
    """Spell configuration as GIT_CONFIG_COUNT and its pairs, after those that the environment has already."""
    count = environment.get("GIT_CONFIG_COUNT", "")
    start = int(count) if count.isascii() and count.isdigit() else 0
    variables = {"GIT_CONFIG_COUNT": str(start + len(settings))} if settings else {}
    for index, (key, value) in enumerate(settings, start):
        variables |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return variables
