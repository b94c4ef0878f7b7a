"""CONTRIBUTING.md is carried out as it is written: each task, then the linters and the tests that it names."""

import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import pytest

FENCED = re.compile(r"<!-- (file|case|row): (\S+) ?(\S*) -->\n\s*(`{3,4})\w+\n(.*?)\n\s*\4\n", re.DOTALL)
LINE = re.compile(r"add `(?P<line>[^`]+,)` to\s+`(?P<name>\w+)`(?:\s+in\s+`(?P<path>[^`]+)`)?")
IMPORTED = re.compile(r"import `(?P<module>\w+)` in `(?P<path>[^`]+)` and")


@dataclass(frozen=True)
class Task:
    """One section of CONTRIBUTING.md."""

    title: str
    text: str

    @property
    def steps(self) -> int:
        """How many numbered steps it has."""
        return len(re.findall(r"^\d\. ", self.text, re.MULTILINE))


def tasks(root: pathlib.Path) -> dict[str, Task]:
    """The sections that begin with "Add"."""
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (Add .*)$", page, flags=re.MULTILINE)[1:]
    return {title: Task(title, text) for title, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.fixture(scope="module")
def checkout(root: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the repository in which every task has been carried out."""
    copy = tmp_path_factory.mktemp("contributed") / "repository"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")
    shutil.copytree(root, copy, ignore=ignored)
    for task in tasks(root).values():
        carry_out(task, copy)
    add_provider(copy)
    run(copy, "-m", "ruff", "check", "-q", "--fix", "--select", "I", "bot", "tests")
    index = run(copy, "-m", "script.lib.rules_index")
    (copy / "docs" / "rules" / "README.md").write_text(index, encoding="utf-8")
    page = run(copy, "-m", "tests.architecture.page")
    (copy / "docs" / "architecture.md").write_text(page, encoding="utf-8")
    return copy


def carry_out(task: Task, copy: pathlib.Path) -> None:
    """Do what the steps of a task say: files, lines, cases and rows."""
    for kind, path, name, _, body in FENCED.findall(task.text):
        text = textwrap.dedent(f"{body}\n")
        {"file": new_file, "case": new_case, "row": new_row}[kind](copy / path, name, text)
    imported = IMPORTED.search(task.text)
    if imported:
        edit(copy / imported["path"], r"(^from bot\.\S+ import \(\n)", rf"\1    {imported['module']},\n")
    for match in LINE.finditer(task.text):
        path = match["path"] or (imported["path"] if imported else "")
        edit(copy / path, rf"(^{match['name']}\b[^\n]*[({{]\n)", rf"\1    {match['line']}\n")


def new_file(path: pathlib.Path, _: str, text: str) -> None:
    """Write a file that is not there yet."""
    assert not path.exists()
    path.write_text(text, encoding="utf-8")


def new_case(path: pathlib.Path, name: str, text: str) -> None:
    """Put a case first into a table, with the import that it needs."""
    text = text if text.rstrip().endswith(",") else f"{text.rstrip()},\n"
    edit(path, rf"(^{name}\b[^\n]*[({{]\n)", r"\1" + textwrap.indent(text, "    ").replace("\\", r"\\"))
    module = re.match(r"Case\(\n\s+(\w+)\.RULE", text)
    if module:
        edit(path, r"(^from bot\.rules\.catalogue import \(\n)", rf"\1    {module[1]},\n")


def new_row(path: pathlib.Path, name: str, text: str) -> None:
    """Put a row below that of a reader, and the word into the list of budgets."""
    edit(path, rf"(^\| `{name}` \|[^\n]*\n)", r"\1" + text)
    word = text.split("`")[1]
    edit(path.parent / "budgets.md", rf"(`{name}`)", rf"\1, `{word}`")


def edit(path: pathlib.Path, pattern: str, replacement: str) -> None:
    """Change one place of a file."""
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is not in {path}"
    path.write_text(text, encoding="utf-8")


def add_provider(copy: pathlib.Path) -> None:
    """Take in one more provider, made like the smallest there is."""
    folder = copy / "bot" / "edges" / "providers"
    shutil.copytree(folder / "local", folder / "forge", ignore=shutil.ignore_patterns("__pycache__"))
    paths = list((folder / "forge").glob("*.py"))
    whole = "".join(path.read_text(encoding="utf-8") for path in paths)
    for path in paths:
        text = re.sub(r"providers\.local(?:\.(\w+))?", in_forge, path.read_text(encoding="utf-8"))
        for name in re.findall(r"^class (\w+)", whole, re.MULTILINE):
            text = re.sub(rf"\b{name}\b", f"Forge{name}", text)
        path.write_text(text, encoding="utf-8")
        path.rename(path.with_name(path.name if path.name == "__init__.py" else f"forge_{path.name}"))
    start = folder / "forge" / "__init__.py"
    edit(start, r"^(def is_here\(.*?\) -> bool:).*$", r"\1")
    edit(start, r"^    return True$", '    return environment.get("FORGE") == "yes"')
    edit(folder / "__init__.py", r"import github, local$", "import forge, github, local")
    edit(folder / "__init__.py", r"= \(github, local\)", "= (github, forge, local)")


def in_forge(found: re.Match[str]) -> str:
    """The new provider's module for one of the smallest's."""
    return "providers.forge" + (f".forge_{found[1]}" if found[1] else "")


def run(copy: pathlib.Path, *arguments: str) -> str:
    """Run Python in the copy, which has to succeed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@pytest.mark.parametrize("title", ["Add a rule", "Add a package reader", "Add a renderer"])
def test_task__takes_five_steps(root: pathlib.Path, title: str):
    """Each task is five steps: the file, the line, the page, the test, and running them."""
    assert tasks(root)[title].steps == 5


def test_provider__takes_five_steps(root: pathlib.Path):
    """So does a provider, on a page of its own."""
    page = (root / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")

    assert len(re.findall(r"^\d\. \*\*", page, re.MULTILINE)) == 5
    assert "docs/adding-a-provider.md" in tasks(root)["Add a provider"].text


@pytest.mark.parametrize(
    "linter",
    [
        ["-m", "ruff", "check", "bot"],
        ["-m", "mypy"],
        ["-c", "from importlinter.cli import lint_imports_command as l; l()"],
    ],
    ids=["ruff", "mypy", "import-linter"],
)
def test_contribution__satisfies_the_linters(checkout: pathlib.Path, linter: list[str]):
    """What the page has one write is as the linters want it."""
    run(checkout, *linter)


@pytest.mark.parametrize(
    "tests",
    [
        ["tests/rules/test_residue.py", "tests/rules/test_catalogue.py", "-k", "brew or catalogue or cases or index"],
        ["tests/contents/ecosystems/test_readers.py"],
        ["tests/cli/test_words.py", "-k", "tsv or registry"],
        ["tests/architecture/test_provider.py"],
        ["tests/architecture/test_house.py", "-k", "names or errors or page or functions"],
    ],
    ids=["rule", "reader", "renderer", "provider", "house"],
)
def test_contribution__passes_the_tests_it_names(checkout: pathlib.Path, tests: list[str]):
    """The tests that a task names pass with what it added, and some of them are about that."""
    run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
