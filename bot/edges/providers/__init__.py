"""Code hosts, each a package behind ``bot.ports.Provider`` and ``bot.ports.Runner``, and the choice among them.

This is the only module that names them. docs/adding-a-provider.md says how one is added.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol

from bot.edges.providers import github, local
from bot.edges.providers.local import TerminalRunner
from bot.edges.redactor import Redactor
from bot.model.provider import RunContext
from bot.ports import Provider, Runner

__all__ = ["ProcessRunner", "ProviderPackage", "TerminalRunner", "provider_of"]


class ProcessRunner(Runner, Protocol):
    """The one runner of a process, as the composition root has it."""

    redactor: Redactor

    def serving(self, report_dir: str, *, quiet: bool = False) -> AbstractContextManager[None]:
        """Serve one command, whose files go into a folder."""


class ProviderPackage(Protocol):
    """What a provider's package offers to the composition root."""

    def is_here(self, environment: Mapping[str, str]) -> bool:
        """Tell whether this provider's runner has started us."""

    def make_runner(
        self, environment: Mapping[str, str], report_dir: str = "", redactor: Redactor | None = None
    ) -> ProcessRunner:
        """Make the one runner of this process, before anything else can fail: all that leaves passes its redactor."""

    def read_inputs(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Read the inputs of the step that we are."""

    def read_context(self, environment: Mapping[str, str]) -> RunContext:
        """Read what started this run. Raises ``UsageError``."""

    def connect_from(self, environment: Mapping[str, str], token: str, redactor: Redactor) -> Provider | None:
        """Make what posts and reads, ``None`` if there is no token or no repository."""

    def server_url(self, environment: Mapping[str, str]) -> str:
        """Return the address of the server that git may send the token to, empty for none."""


_PROVIDERS: Final[tuple[ProviderPackage, ...]] = (github, local)
"""The last one is everywhere."""


def provider_of(environment: Mapping[str, str]) -> ProviderPackage:
    """Choose the provider whose runner has started us; without one it is a person's terminal."""
    return next(provider for provider in _PROVIDERS if provider.is_here(environment))
