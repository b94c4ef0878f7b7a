"""What config init, check and explain write."""

import textwrap
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import read_config, read_settings
from bot.config.applied_budgets import BudgetRow, explain_config, explain_image, review_config, unused_tables
from bot.config.config_file import read_contents
from bot.config.dive_ci import read_dive_ci
from bot.config.starter import HEADROOM_PERCENT, StarterFindings, StarterImage, starter_config, with_headroom
from bot.model.build import ImageSpec
from bot.model.config import Config, ConfigFile, Settings
from bot.units import parse_size

TODAY = date(2026, 11, 24)

THREE_IMAGES = """\
[budget]
max-size = "500 MB"
max-growth = "10 MB"
deny-paths = ["**/.git"]
paths."/usr/share" = "20 MB"

[[image]]
name = "api"
platforms = ["linux/amd64", "linux/arm64"]
budget.max-size = "10 MB"
budget.platform."linux/arm64".max-size = "12 MB"

[[image]]
name = "web"
budget.deny-paths = false

[[image]]
name = "worker"

[[image]]
name = "w*"
budget.on-exceed = "warn"
budget.max-size = {limit = "1 GB", on-exceed = "fail"}

[[waiver]]
image = "web"
allows = "max-growth"
reason = "ships the GeoIP database"
until = 2026-12-31
"""


def config(text: str, settings: Settings | None = None) -> Config:
    """A configuration that base and head agree upon."""
    file = ConfigFile("deadweight.toml", text.encode(), "a1b2c3d")
    return read_config(file, file, settings or Settings())


def test_explain__three_images():
    """Every budget of every image has its value, its place, and what it overrides."""
    text = explain_config(config(THREE_IMAGES, read_settings({"max-layers": "40"})))

    expected = """\
        Configuration: deadweight.toml at a1b2c3d

        "api" on linux/amd64
          max-size          10 MB        fail  deadweight.toml:10  instead of 500 MB (deadweight.toml:2)
          max-growth        10 MB        fail  deadweight.toml:3
          deny-paths        ["**/.git"]  fail  deadweight.toml:4
          paths /usr/share  20 MB        fail  deadweight.toml:5
          max-layers        40           fail  input max-layers

        "api" on linux/arm64
          max-size          12 MB        fail  deadweight.toml:11  instead of 10 MB (deadweight.toml:10), 500 MB (deadweight.toml:2)
          max-growth        10 MB        fail  deadweight.toml:3
          deny-paths        ["**/.git"]  fail  deadweight.toml:4
          paths /usr/share  20 MB        fail  deadweight.toml:5
          max-layers        40           fail  input max-layers

        "web"
          max-size              1 GB              fail  deadweight.toml:23  instead of 500 MB (deadweight.toml:2)
          max-growth            10 MB             warn  deadweight.toml:3
          deny-paths            none                    deadweight.toml:15  instead of ["**/.git"] (deadweight.toml:4)
          paths /usr/share      20 MB             warn  deadweight.toml:5
          max-layers            40                fail  input max-layers
          waiver of max-growth  until 2026-12-31  warn  deadweight.toml:25  ships the GeoIP database

        "worker"
          max-size          1 GB         fail  deadweight.toml:23  instead of 500 MB (deadweight.toml:2)
          max-growth        10 MB        warn  deadweight.toml:3
          deny-paths        ["**/.git"]  warn  deadweight.toml:4
          paths /usr/share  20 MB        warn  deadweight.toml:5
          max-layers        40           fail  input max-layers
        """
    assert textwrap.dedent(expected) == text


def test_explain__one_image_that_is_asked_for():
    """Only the images that are named are explained, declared or not."""
    text = explain_config(config(THREE_IMAGES), ["worker", "wild"])

    titles = [line for line in text.splitlines() if line.startswith('"')]
    assert titles == ['"worker"', '"wild"']


def test_explain__of_nothing_says_what_would_hold():
    """Without images it is told what any image would be held to."""
    text = explain_config(config('[budget]\nmax-size = "1 MB"\n'))

    expected = "an image without a table of its own\n  max-size  1 MB  fail  deadweight.toml:2\n"
    assert text.endswith(expected)


def test_explain__without_any_configuration():
    """No configuration is said in words, with the way to one."""
    text = explain_config(read_config(None, None, Settings()))

    assert text.startswith("Configuration: none\n\nan image without a table of its own\n  no budget\n")


def test_explain_image__gives_rows_for_other_forms():
    """The rows are there for whoever shows them otherwise; the nearest override comes first."""
    rows = explain_image(config(THREE_IMAGES), "api", "linux/arm64/v8")

    overrides = (("10 MB", "deadweight.toml:10"), ("500 MB", "deadweight.toml:2"))
    assert rows[0] == BudgetRow("max-size", "12 MB", "fail", "deadweight.toml:11", overrides)


def test_unused__tables_waivers_and_suppressions_are_named():
    """What is written for an image that does not exist is named with its place."""
    held = config(THREE_IMAGES + '[[ignore]]\nrule = "x"\nimage = "gone"\nreason = "y"\n')

    found = unused_tables(held, ["api", "worker"])

    assert found == (
        'deadweight.toml:15: "web" matches no image, so this applies to nothing.',
        'deadweight.toml:25: "web" matches no image, so this applies to nothing.',
        'deadweight.toml:30: "gone" matches no image, so this applies to nothing.',
    )


def test_review__sums_up_and_tells_what_has_no_effect():
    """A configuration without mistakes is counted; ended waivers and idle tables are told once."""
    held = config(THREE_IMAGES.replace("2026-12-31", "2026-11-23") + '[[image]]\nname = "x-*"\nbudget.max-layers = 1\n')

    text = review_config(held, ["api", "web", "worker"], TODAY)

    assert text.splitlines() == [
        "deadweight.toml at a1b2c3d: 3 images, 9 budgets, 1 waiver, no mistakes.",
        "deadweight.toml:25: the waiver of max-growth ended on 2026-11-23; take it out or renew it.",
        'deadweight.toml:32: "x-*" matches no image, so this applies to nothing.',
    ]


def test_review__without_any_configuration():
    """Nothing to check is said in words."""
    text = review_config(read_config(None, None, Settings()), [], TODAY)

    assert text.startswith("There is no configuration.\n")


IMAGES = (ImageSpec("api", "api/Dockerfile", "api", target="runtime"), ImageSpec("web"))


def written(images, sizes: dict[str, int], dive_ci: str = "") -> str:
    """The configuration for images of which nothing is in doubt."""
    return starter_config(StarterFindings(tuple(map(StarterImage, images))), sizes, dive_ci).text


def test_starter__is_ready_to_be_committed():
    """Each image gets a table; a measured one its size with headroom, the other its budget as a comment."""
    text = written(IMAGES, {"api": 3_930_000})

    assert text.endswith(
        textwrap.dedent("""\
        [[image]]
        name = "api"
        dockerfile = "api/Dockerfile"
        context = "api"
        target = "runtime"
        # weighs 3,930,000 B today
        budget.max-size = "4.4 MB"

        [[image]]
        name = "web"
        dockerfile = "Dockerfile"
        context = "."
        # budget.max-size = "100 MB"   # deadweight config init --measure fills in what it weighs
        """)
    )


def test_starter__passes_its_own_checker():
    """What init writes is read without a mistake and means the same images."""
    text = written(IMAGES, {"api": 3_930_000, "web": 7}, "rules:\n  highestWastedBytes: 20MB\n")

    assert read_contents(ConfigFile("deadweight.toml", text.encode())).images == IMAGES


def test_starter__comments_out_what_is_doubtful_or_not_measured():
    """A doubtful image goes on being found, one that cannot be built is a comment, and both say why."""
    sure = StarterImage(ImageSpec("api", "api/Dockerfile", "api"), platforms=("linux/amd64", "linux/arm64"))
    doubtful = StarterImage(ImageSpec("web", "web/Dockerfile"), doubts=("Its context is a guess.",))
    unbuilt = StarterImage(
        ImageSpec("cli", "cli/Dockerfile", "cli"), left_out="It copies dist.", way_out="Make it first."
    )
    first = StarterImage(ImageSpec("db", "db/Dockerfile"))
    variant = StarterImage(ImageSpec("db-alpine", "db/Dockerfile"), left_out="a variant of db", variant_of="db")

    starter = starter_config(
        StarterFindings((sure, doubtful, unbuilt, first, variant), (("tests/Dockerfile", "it lies in tests/"),)), {}
    )

    read = read_contents(ConfigFile("deadweight.toml", starter.text.encode()))
    assert [one.name for one in read.images] == ["api"]
    assert read.discover
    assert 'name = "web"\n# left to be found, since this is doubtful: Its context is a guess.\n' in starter.text
    assert '# platforms = ["linux/amd64", "linux/arm64"]   # as CI ships it' in starter.text
    assert "# Not measured: cli (cli/Dockerfile). It copies dist.\n# Make it first.\n# [[image]]\n" in starter.text
    assert '# variants = "all"   # or the names of those to measure: db-alpine\n' in starter.text
    assert '# dockerfiles = ["tests/Dockerfile"]   # not shipped: it lies in tests/\n' in starter.text
    assert starter.told == (
        "  api: api/Dockerfile in api",
        "  web: left to be found, since this is doubtful: Its context is a guess.",
        "  db: left to be found, since variants of it can be switched on",
        "  left out cli: It copies dist.",
        "  left out db-alpine: a variant of db",
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(st.builds(ImageSpec, name=TEXTS, dockerfile=TEXTS), max_size=5), st.text(max_size=80))
def test_starter__is_valid_whatever_the_repository_holds(images: list[ImageSpec], dive_ci: str):
    """Odd names and paths, and any .dive-ci, still give a file that parses, with a distinct name for each image."""
    odd = [
        StarterImage(one, doubts=(one.name,), left_out=one.dockerfile * (index % 2)) for index, one in enumerate(images)
    ]
    starter = starter_config(
        StarterFindings(tuple(odd), ((dive_ci, dive_ci),)), {}, f"rules:\n  highestWastedBytes: {dive_ci}\n"
    )
    text = starter.text

    from bot.config.toml_document import parse

    tables = parse(ConfigFile("deadweight.toml", text.encode())).values.get("image", [])
    names = [table["name"] for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    assert len(names) == len(set(names)) <= len(images)


@given(st.integers(0, 10**15))
def test_headroom__is_some_and_not_much(unpacked_bytes: int):
    """The budget lies at least the headroom above what an image weighs, and at most ten percent above that."""
    budget = parse_size(with_headroom(unpacked_bytes))

    assert budget is not None
    wanted = unpacked_bytes * (100 + HEADROOM_PERCENT)
    assert wanted <= budget * 100 <= wanted * 1.11 + 200


DIVE_CI = """\
rules:
  # If the efficiency is measured below X%, mark as failed.
  lowestEfficiency: 0.95
  highestWastedBytes: "20MB"   # bytes
  highest-user-wasted-percent: 0.20
"""


def test_dive_ci__is_translated_where_it_has_a_counterpart():
    """Wasted bytes become max-dead; what means nothing here is said."""
    rules = read_dive_ci(DIVE_CI)

    assert rules.max_dead == "20MB"
    assert [remark.split(" ")[0] for remark in rules.remarks] == [
        "max-dead",
        "lowestEfficiency",
        "highestUserWastedPercent",
    ]


@pytest.mark.parametrize(
    ("text", "max_dead", "remarks"),
    [
        ("", "", 0),
        ("rules:\n  highestWastedBytes: disabled\n", "", 0),
        ("rules:\n  highestWastedBytes: lots\n", "", 1),
        ("  highest-wasted-bytes = 5 MiB\n", "5 MiB", 1),
        ("# highestWastedBytes: 20MB\n", "", 0),
    ],
)
def test_dive_ci__is_never_guessed(text: str, max_dead: str, remarks: int):
    """A rule that is off, missing or not understood gives no budget."""
    rules = read_dive_ci(text)

    assert (max_dead, remarks) == (rules.max_dead, len(rules.remarks))
