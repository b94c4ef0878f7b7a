"""One package knows GitHub; the rest speaks words that any provider could fill."""

import pathlib
import re

import pytest

import bot
from bot.edges import providers
from bot.edges.providers import ProviderPackage, github, local

PACKAGE = pathlib.Path(bot.__file__).parent
PRIVATE = re.compile(
    r"github|workflow_run|workflowrun|check_run|checkrun|pull_request_target|merge_group|workflow_dispatch"
    r"|workflow command|dependabot|\bActions\b|/actions/runs|/blob/",
    re.IGNORECASE,
)
"""GitHub's private words: events, API objects, variables and addresses."""

HOME = "https://github.com/deadweight-bot/deadweight"
"""Where this project lives says nothing of where it runs."""

FOLDER = re.compile(r"(?:\\\.|\|)github(?=\|)")
"""Its folder in a list of folders that no image needs, whoever hosts the repository."""

BEFORE, NOW = 56, 26
"""Modules outside of the provider's package that spoke of GitHub before it was one place, and since: it must not grow."""

CORE = ("model", "ports.py", "stages", "flows", "policy", "render", "compare", "contents", "dockerfile", "rules")
ALLOWED = {
    "model/build.py": (
        '"GITHUB_", "ACTIONS_"',
        "INPUT_GITHUB-TOKEN, ACTIONS_RUNTIME_TOKEN, GITHUB_EVENT_PATH",
        # A runner's variables never become build secrets, whichever runner it is: one table for all providers.
    ),
    "model/provider.py": (
        "(a *provider*: GitHub, GitLab, …)",
        "GitHub's word is the better known",
        "a workflow run of GitHub, a pipeline of GitLab",
        # The vocabulary says what its words stand for.
    ),
    "model/config.py": (
        "check_run: bool",
        '"dependabot[bot]", "renovate[bot]"',
        # The names of an input and the default of a key, as users write them.
    ),
    "stages/plan.py": ("publish on workflow_run (docs/security.md)",),  # names what our own example workflows use
    "stages/publish.py": ("no GitHub token was given; set the input github-token",),  # names the input of action.yml
    "flows/publish.py": ("Run it on workflow_run (examples/workflows/image-size-publish.yml)",),  # names our example
    "stages/report.py": (
        "settings.check_run",
        "from a fork and from Dependabot",
        # The input's name; and a sentence on a page that exists for these two.
    ),
    "flows/unmeasured.py": ("settings.check_run",),
    # A folder that none of our patches may change, whoever hosts the code.
    "dockerfile/patch.py": ('".github/"',),
    "render/text.py": (
        "Inside a code span GitHub neither",
        "what Markdown or GitHub could give",
        "# GitHub's parser, cmark-gfm,",
        # GitHub Flavored Markdown is what the escaping is made for; a provider with another dialect adds to it.
    ),
}


def private_words(path: pathlib.Path) -> list[str]:
    """The private words of a module, without our own address and what is allowed there."""
    text = FOLDER.sub("", path.read_text(encoding="utf-8").replace(HOME, ""))
    for literal in ALLOWED.get(str(path.relative_to(PACKAGE)), ()):
        text = text.replace(literal, "")
    return PRIVATE.findall(text)


CORE_MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] in CORE and path.name != "catalogue"
)


@pytest.mark.parametrize("path", CORE_MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_core__speaks_no_private_word_of_a_provider(path: pathlib.Path):
    """What decides and renders is the same for every provider: none of GitHub's own words is in it."""
    assert private_words(path) == []


@pytest.mark.parametrize(("module", "literals"), ALLOWED.items())
def test_allowed__is_still_there(module: str, literals: tuple[str, ...]):
    """A word that has gone is taken off the list, so that it cannot come back unseen."""
    text = (PACKAGE / module).read_text(encoding="utf-8")

    assert [literal for literal in literals if literal not in text] == []


def test_provider__is_one_place():
    """Outside of the package that knows it fewer modules than before speak of GitHub; prints how many."""
    # Discovery reads GitHub's workflows as documents of a repository, as it reads Makefiles: whoever runs us.
    rooms = {"providers", "discovery"}
    outside = [path for path in PACKAGE.rglob("*.py") if not rooms & set(path.relative_to(PACKAGE).parts)]
    speaking = sorted(
        str(path.relative_to(PACKAGE))
        for path in outside
        if PRIVATE.search(FOLDER.sub("", path.read_text(encoding="utf-8").replace(HOME, "")))
    )

    said = f"modules outside of edges/providers that speak of GitHub: {BEFORE} before, {len(speaking)} now: {speaking}"
    print(said)  # noqa: T201 - for whoever wants to know, with pytest -s
    assert len(speaking) <= NOW, said


@pytest.mark.parametrize("package", [github, local], ids=lambda package: package.__name__)
def test_provider__offers_what_the_composition_root_asks_for(package: ProviderPackage):
    """Every provider's package has the same functions, so that a new one knows what to write."""
    wanted = [name for name in vars(ProviderPackage) if not name.startswith("_")]

    assert [name for name in wanted if not callable(getattr(package, name, None))] == []
    assert providers.provider_of({}) is local
    assert providers.provider_of({"GITHUB_ACTIONS": "true"}) is github
