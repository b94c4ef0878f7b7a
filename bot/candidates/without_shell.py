"""The boldest rung: an image without a shell, with the program, or with the language that the program is written in."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.candidates.bare_plan import (
    RUNTIME,
    BarePlan,
    data_of_packages,
    kind_for,
    libraries_of_ours,
    libraries_to_bring,
    shell_less,
    write_bare,
)
from bot.candidates.bases import distroless, language_kind
from bot.candidates.copies import Copy
from bot.candidates.goods import environment_goods, goods, runtime_goods
from bot.candidates.ran import is_compiled, is_script_of, is_wrapper, language_version, programs_of, runs_language_alone
from bot.candidates.seen import Seen, text_of
from bot.candidates.stage_text import path_word
from bot.candidates.start import (
    StartCommand,
    built_program,
    interpreted,
    venv_command,
)
from bot.contents.lookup import encoded
from bot.layers.paths import base_name, parent
from bot.model.verify import Candidate, Mend

_MODULES: Final = (
    *("java.se", "jdk.charsets", "jdk.crypto.cryptoki", "jdk.crypto.ec", "jdk.httpserver", "jdk.jfr", "jdk.localedata"),
    *("jdk.management", "jdk.naming.dns", "jdk.net", "jdk.nio.mapmode", "jdk.security.auth", "jdk.unsupported"),
    *("jdk.xml.dom", "jdk.zipfs"),
)
_FIRST_WITH_JLINK: Final = 17
_FIRST_WITH_ZIP: Final = 21


def program_alone(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move compiled programs of ours with the libraries that they link; ``None`` where anything else was run."""
    command = shell_less(seen)
    direct = built_program(seen, command) if command else None
    programs = programs_of(seen, command) if command else frozenset()
    if direct is not None:
        command, programs = direct, frozenset({encoded(direct.argv[0].lstrip("/"))})
    if command is None or not programs or not all(is_compiled(seen, one) for one in programs):
        return None
    files = goods(seen, command) | programs | data_of_packages(seen, frozenset())
    libraries = libraries_to_bring(seen, files)
    kind = kind_for(seen, programs, libraries)
    return write_bare(seen, BarePlan("program", kind, command, files, libraries), mends) if kind else None


def language_image(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move a program to the image of its language, in just this version; ``None`` if there is none."""
    command = shell_less(seen)
    kind = language_kind(seen.language, language_version(seen), seen.release) if command else ""
    base = distroless(kind, seen.release, nonroot=False) if kind else None
    if command is None or base is None or not runs_language_alone(seen, command):
        return None
    if seen.language == "python" and any(map(seen.is_borrowed, seen.interpreters)):
        return None  # it would look for packages elsewhere
    moved = _with_interpreter(seen, command, base.program)
    if moved is None:
        return None
    files = goods(seen, command) | data_of_packages(seen, base.provides)
    libraries = libraries_to_bring(seen, files) if seen.language == "python" else libraries_of_ours(seen, files)
    return write_bare(seen, BarePlan("language image", kind, moved, files, libraries), mends)


def copied_runtime(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move a program with the very interpreter that the base image has, where that lies outside of packages."""
    command = shell_less(seen)
    direct = (venv_command(seen, command) or command) if command else None
    moved = interpreted(seen, direct) if direct else None
    if moved is None or direct is None or seen.language in {"", "java", "dotnet"}:
        return None
    if not any(map(seen.is_borrowed, seen.interpreters)) or not runs_language_alone(seen, moved):
        return None
    chosen = goods(seen, moved) if direct is command else environment_goods(seen, moved)
    files = frozenset(
        one for one in chosen | runtime_goods(seen) | data_of_packages(seen, frozenset()) if not is_wrapper(seen, one)
    )
    libraries = libraries_to_bring(seen, files)
    kind = kind_for(seen, seen.interpreters, libraries)
    return write_bare(seen, BarePlan(RUNTIME, kind, moved, files, libraries), mends) if kind else None


def linked_runtime(seen: Seen, mends: Sequence[Mend]) -> Candidate | None:
    """Move a program of Java with a runtime of the standard modules, which the JDK of its own image links."""
    command = shell_less(seen)
    java = next((one for one in seen.interpreters if base_name(one) == b"java"), b"")
    tool = parent(java) + b"/jlink"
    version = language_version(seen)
    if command is None or not java or not seen.is_file(tool) or not version or int(version) < _FIRST_WITH_JLINK:
        return None
    if not runs_language_alone(seen, command) or seen.real(encoded(command.argv[0].strip("/"))) != java:
        return None
    home, place = parent(parent(java)), "/tmp/java/"  # noqa: S108 - in the build stage, where any user may write
    inside = [path for path in seen.used if path.startswith(home + b"/")]
    files = goods(seen, command) | data_of_packages(seen, frozenset())
    libraries = libraries_to_bring(seen, [*files, *inside])
    kind = kind_for(seen, [java], libraries)
    altered = (*command.altered, "has a Java runtime of the standard modules, without the compiler and its tools")
    plan = BarePlan("linked runtime", kind, command._replace(altered=altered), files, libraries)
    line = _linking_line(text_of(tool), int(version), place.rstrip("/"))
    plan = replace(plan, building=(line,), made=(Copy((place,), text_of(home) + "/"),))
    return write_bare(seen, plan, mends)


def _linking_line(tool: str, version: int, place: str) -> str:
    compress = "zip-6" if version >= _FIRST_WITH_ZIP else "2"
    modules = ",".join(_MODULES)
    options = f"--no-man-pages --no-header-files --compress={compress} --output {place}"
    return f"RUN {path_word(tool)} \\\n    --add-modules {modules} \\\n    {options}"


def _with_interpreter(seen: Seen, command: StartCommand, program: str) -> StartCommand | None:
    """Put the language image's interpreter where the command names the old one."""
    command = interpreted(seen, command) or command
    first = encoded(command.argv[0].lstrip("/"))
    if seen.real(first) not in seen.interpreters:
        if not is_script_of(seen, seen.real(first)):
            return None
        return command._replace(cmd=(program, *command.argv), entrypoint=None, search=())
    if command.entrypoint:
        return command._replace(entrypoint=(program, *command.entrypoint[1:]), search=())
    return command._replace(cmd=(program, *command.cmd[1:]), search=())
