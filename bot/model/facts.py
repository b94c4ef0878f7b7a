"""What reading a few files of an image told: what its start command needs, what its programs carry, what is secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ElfFacts:
    """An ELF file: its interpreter (empty for none), the libraries it names, and where it looks for them.

    ``symbol_bytes`` are those of its symbol tables and debug sections that the loader never maps.
    """

    interpreter: str
    needed: tuple[str, ...]
    search: tuple[str, ...]
    symbol_bytes: int

    @property
    def static(self) -> bool:
        """True where it needs neither an interpreter nor a library: the one case in which that is certain."""
        return not self.interpreter and not self.needed


class ProgramKind(StrEnum):
    """What an image starts."""

    NOTHING = "nothing"
    NOT_FOUND = "not found"
    STATIC = "static program"
    DYNAMIC = "dynamic program"
    SCRIPT = "script"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What ENTRYPOINT and CMD need, as far as reading alone tells.

    ``program`` is the file that is started, ``files`` the living files that it is known to need (itself, interpreters,
    libraries), ``roots`` directories of which it may need anything, ``libraries`` the names that it links,
    ``missing`` those that were not found. What is outside is "not reachable by static analysis": an upper bound of
    what could go, except for a static program, whose needs are certain.
    """

    argv: tuple[str, ...]
    program: bytes | None
    kind: ProgramKind
    language: str = ""
    """The interpreter's: java, node, python, …; empty for a program that the kernel or a shell runs."""
    needs_shell: bool = False
    files: frozenset[bytes] = field(default=frozenset(), repr=False)
    roots: tuple[bytes, ...] = ()
    libraries: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Everything that was read: the runtime, ELF files by path, and paths that hold a private key or a token.

    ``recommended`` are the names of Debian packages that are there only because another one recommends them.
    """

    runtime: Runtime
    elf: Mapping[bytes, ElfFacts] = field(default_factory=dict, repr=False)
    secrets: frozenset[bytes] = field(default=frozenset(), repr=False)
    recommended: frozenset[str] = field(default=frozenset(), repr=False)
    built_wheels: frozenset[bytes] = field(default=frozenset(), repr=False)
    """``WHEEL`` files of Python packages that were compiled for this machine, not for any Linux: by a compiler."""
