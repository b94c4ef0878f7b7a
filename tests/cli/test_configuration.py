"""config on the command line: written, reviewed, explained, for images that are declared and that are found."""

from pathlib import Path

import pytest

from tests.cli.conftest import Terminal
from tests.discovery.trees import workflow
from tests.edges.git.repos import commit, make_repository

TOML = """\
[budget]
max-growth = "10 MB"

[[image]]
name = "ap*"
budget.max-size = "50 MB"

[[image]]
name = "wob"
budget.max-size = "50 MB"

[[waiver]]
image = "web"
allows = "max-growth"
reason = "ships the GeoIP database"
until = 2020-12-31
"""
FOUND = '[discover]\ndockerfiles = ["**/Dockerfile"]\n' + TOML


@pytest.fixture
def shop(terminal: Terminal) -> Path:
    """Return a repository with two Dockerfiles, in whose folder the shell is."""
    folder = make_repository(terminal.folder / "shop")
    commit(folder, {"api/Dockerfile": "FROM scratch\nCOPY x /\n", "api/x": "", "web/Dockerfile": "FROM scratch\n"})
    return folder


def test_check__tells_what_has_no_effect(terminal: Terminal, shop: Path):
    """A configuration without mistakes is counted, and what in it ended or is for no image is told."""
    (shop / "deadweight.toml").write_text(FOUND)

    ended = terminal("config", "check", "--repo", "shop")

    assert ended.exit_code == 0
    assert ended.output.splitlines() == [
        "deadweight.toml: 2 images, 3 budgets, 1 waiver, no mistakes.",
        "deadweight.toml:14: the waiver of max-growth ended on 2020-12-31; take it out or renew it.",
        'deadweight.toml:12: "wob" matches no image, so this applies to nothing.',
    ]


def test_check__sees_images_that_are_not_committed_yet(terminal: Terminal, shop: Path):
    """The working tree counts: what is being written is checked before it is committed."""
    (shop / "deadweight.toml").write_text(FOUND)
    (shop / "wob").mkdir()
    (shop / "wob/Dockerfile").write_text("FROM scratch\n")

    ended = terminal("config", "check", "--repo", "shop")

    assert "matches no image" not in ended.output
    assert ended.output.startswith("deadweight.toml: 3 images")


def test_check__without_git(terminal: Terminal):
    """Outside a repository only what is declared is known, and that is enough."""
    (terminal.folder / "deadweight.toml").write_text('[[image]]\nname = "api"\nbudget.max-size = "1 MB"\n')

    ended = terminal("config", "check")

    assert (ended.exit_code, ended.messages) == (0, "")
    assert ended.output == "deadweight.toml: 1 image, 1 budget, 0 waivers, no mistakes.\n"


def test_check__without_a_configuration(terminal: Terminal):
    """Nothing to check is 2, with the command that writes one."""
    ended = terminal("config", "check")

    assert ended.exit_code == 2
    assert "deadweight config init" in ended.messages


def test_explain__lists_the_images_that_are_found(terminal: Terminal, shop: Path):
    """Where images are not declared, each one that is found has its budgets explained."""
    (shop / "deadweight.toml").write_text('[budget]\nmax-growth = "10 MB"\n')

    ended = terminal("config", "explain", "--repo", "shop")

    titles = [line for line in ended.output.splitlines() if line.startswith('"')]
    assert (ended.exit_code, titles) == (0, ['"api"', '"web"'])
    assert ended.output.count("max-growth  10 MB  fail  deadweight.toml:2") == 2


def test_explain__of_declared_images_needs_no_git(terminal: Terminal):
    """Declared images are explained wherever the file lies."""
    (terminal.folder / "deadweight.toml").write_text('[[image]]\nname = "api"\nbudget.max-size = "1 MB"\n')

    ended = terminal("config", "explain")

    assert '"api"\n  max-size  1 MB  fail  deadweight.toml:3\n' in ended.output


def test_explain__without_git_or_images(terminal: Terminal):
    """Where nothing is declared and nothing can be found, it is told what any image is held to."""
    (terminal.folder / "deadweight.toml").write_text('[budget]\nmax-growth = "10 MB"\n')

    ended = terminal("config", "explain")

    assert (ended.exit_code, ended.messages) == (0, "")
    assert "an image without a table of its own\n  max-growth  10 MB" in ended.output


def test_explain__of_one_image(terminal: Terminal, shop: Path):
    """Asked for one image, only that is explained."""
    (shop / "deadweight.toml").write_text(FOUND)

    ended = terminal("config", "explain", "api", "--repo", "shop")

    assert [line for line in ended.output.splitlines() if line.startswith('"')] == ['"api"']


def test_init__writes_a_configuration_and_both_workflows(terminal: Terminal, shop: Path):
    """A first configuration names the images that there are; it passes its own check and overwrites nothing."""
    first = terminal("config", "init", "--repo", "shop")
    again = terminal("config", "init", "--repo", "shop")
    forced = terminal("config", "init", "--repo", "shop", "--force")

    assert first.output.splitlines() == [
        "wrote deadweight.toml",
        "  api: api/Dockerfile in api",
        "  web: web/Dockerfile in web",
        "wrote .github/workflows/image-size-publish.yml",
        "wrote .github/workflows/image-size.yml",
    ]
    assert (again.exit_code, forced.exit_code) == (0, 0)
    assert [line.partition(" ")[0] for line in again.output.splitlines()] == [
        "unchanged:",
        "",
        "",
        "unchanged:",
        "unchanged:",
    ]
    assert terminal("config", "check", "--repo", "shop").exit_code == 0
    assert 'name = "api"' in (shop / "deadweight.toml").read_text()


def test_init__overwrites_nothing_that_differs(terminal: Terminal, shop: Path):
    """A file that somebody has changed stays as it is, unless told otherwise."""
    terminal("config", "init", "--repo", "shop")
    (shop / "deadweight.toml").write_text("# ours\n")

    again = terminal("config", "init", "--repo", "shop")

    assert again.exit_code == 2
    assert "deadweight.toml would be overwritten" in again.messages
    assert (shop / "deadweight.toml").read_text() == "# ours\n"


def test_init__dry_run_writes_nothing(terminal: Terminal, shop: Path):
    """What would be written is shown, and nothing is."""
    ended = terminal("config", "init", "--dry-run", "--repo", "shop")

    assert ended.exit_code == 0
    assert ended.output.startswith("would write deadweight.toml\n  api: api/Dockerfile in api\n")
    assert '[[image]]\nname = "api"\n' in ended.output
    assert sorted(path.name for path in shop.iterdir() if path.name != ".git") == ["api", "web"]


def test_init__writes_what_ci_ships(terminal: Terminal, tmp_path: Path):
    """Target, arguments and context are the workflow's; what is left out is told, and a second init writes the same."""
    folder = make_repository(terminal.folder / "shop")
    inputs = (
        "push: true, tags: acme/api, file: docker/app/Dockerfile, context: ., target: runtime, build-args: EDITION=full"
    )
    commit(
        folder,
        {
            ".github/workflows/ship.yml": workflow(f"- uses: docker/build-push-action@v6\n  with: {{{inputs}}}\n"),
            "docker/app/Dockerfile": "ARG EDITION\nFROM scratch AS runtime\nCOPY src /\n",
            "src/a": "1",
            "tests/Dockerfile": "FROM scratch\n",
        },
    )

    first = terminal("config", "init", "--repo", "shop")
    text = (folder / "deadweight.toml").read_text()
    again = terminal("config", "init", "--repo", "shop", "--force")

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert 'context = "."\ntarget = "runtime"\nbuild-args.EDITION = "full"\n' in text
    assert "# as .github/workflows/ship.yml:" in text
    assert "tests/Dockerfile (it lies in tests/)" in first.messages
    assert (folder / "deadweight.toml").read_text() == text
    assert terminal("config", "check", "--repo", "shop").exit_code == 0


def test_check__of_a_link_is_refused(terminal: Terminal, shop: Path):
    """A link in the place of the configuration is a mistake, not "no configuration"."""
    (shop / "deadweight.toml").symlink_to("/etc/hostname")

    ended = terminal("config", "check", "--repo", "shop")

    assert ended.exit_code == 2
    assert "deadweight.toml" in ended.messages


def test_init__refuses_before_it_measures(terminal: Terminal, shop: Path):
    """What is there already is told before images are built for it."""
    (shop / "deadweight.toml").write_text("")

    ended = terminal("config", "init", "--measure", "--repo", "shop")

    assert (ended.exit_code, ended.output) == (2, "")
    assert ended.messages.startswith("deadweight: deadweight.toml would be overwritten.")


def test_init__into_a_file(terminal: Terminal, shop: Path):
    """A file where a folder is needed is a mistake in words, and nothing is written."""
    (shop / ".github").write_text("")

    ended = terminal("config", "init", "--repo", "shop")

    assert (ended.exit_code, ended.output) == (2, "")
    assert "This is no folder: shop/.github." in ended.messages
    assert not (shop / "deadweight.toml").exists()


def test_explain__knows_what_images_there_are(terminal: Terminal, shop: Path):
    """An image that is neither declared nor found is a mistake, with the nearest that there is."""
    (shop / "deadweight.toml").write_text(FOUND)

    ended = terminal("config", "explain", "--repo", "shop", "wep")

    assert ended.exit_code == 2
    assert 'No image is called wep; did you mean "web"?' in ended.messages


@pytest.mark.parametrize(
    ("line", "path"), [('dockerfile = "nope/Dockerfile"', "nope/Dockerfile"), ('context = "nope"', "nope")]
)
def test_check__knows_what_files_there_are(terminal: Terminal, shop: Path, line: str, path: str):
    """A Dockerfile or context that the working tree lacks is a mistake that names its line."""
    (shop / "Dockerfile").write_text("FROM scratch\n")
    (shop / "deadweight.toml").write_text(f'[[image]]\nname = "api"\n{line}\n')

    ended = terminal("config", "check", "--repo", "shop")

    assert ended.exit_code == 2
    assert f"deadweight.toml:1: {path} of image api is not there." in ended.messages
