"""Mistakes in deadweight.toml: every one at once, with its line, the reason, and what to write instead."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.config import read_settings
from bot.config.config_file import read_contents
from bot.errors import ConfigError
from bot.model.config import Config, ConfigFile


def read(text: str | bytes, path: str = "deadweight.toml") -> Config:
    """Read a configuration file."""
    return read_contents(ConfigFile(path, text.encode() if isinstance(text, str) else text))


def problems(text: str | bytes, path: str = "deadweight.toml") -> list[str]:
    """The problems of a configuration file, without no-break spaces."""
    with pytest.raises(ConfigError) as caught:
        read(text, path)
    return [problem.replace("\u00a0", " ") for problem in caught.value.problems]


THREE_MISTAKES = """\
# Budgets
[budget]
max-size = "4 MEGS"
on-exceed = "worn"

[[image]]
name = "api"
plattform = "linux/amd64"
"""


def test_three_mistakes__are_three_lines():
    """Each mistake is one line: file, line, what is wrong, and a suggestion."""
    expected = [
        'deadweight.toml:3: max-size "4 MEGS" is not a size; write "4 MB" (4,000,000 B) or "4 MiB" (4,194,304 B)',
        'deadweight.toml:4: on-exceed "worn" is not one of fail or warn; did you mean "warn"?',
        'deadweight.toml:8: unknown key "plattform" in image "api"; did you mean "platforms"?',
    ]

    assert expected == problems(THREE_MISTAKES)


ONE_MISTAKE = (
    # where images are found
    ('discover.variants = "some"', '1: variants "some" is neither "one" nor "all"; names of variants go into an array'),
    ("discover.variants = 1", '1: variants 1 is neither "one" nor "all"; names of variants go into an array'),
    ("discover.compose.services = ['a']", '1: compose names no file; add compose.files = ["compose.yaml"]'),
    ('discover.bake.files = ["/etc/x.hcl"]', '1: files element 1 "/etc/x.hcl" must be relative to the root of the repository, with / between folders'),
    ('discover.bake.file = "x.hcl"', '1: unknown key "file"; did you mean "files"?'),
    ("discover.bake = 1", '1: "bake" must be a table, not 1'),
    # units
    ('budget.max-size = "10"', '1: max-size "10" is not a size; write "10 MB" (10,000,000 B) or "10 MiB" (10,485,760 B)'),
    ('budget.max-size = "3 gigs"', '1: max-size "3 gigs" is not a size; write "3 GB" (3,000,000,000 B) or "3 GiB" (3,221,225,472 B)'),
    ("budget.max-size = 500", '1: max-size 500 has no unit; write "500 B", "500 kB" or "500 MB"'),
    ('budget.max-size = "10 MB\\n"', '1: max-size "10 MB\\n" is not a size; write "10 MB" (10,000,000 B) or "10 MiB" (10,485,760 B)'),
    ('budget.max-size = "big"', '1: max-size "big" is not a size; write it as "50 MB" (50,000,000 B) or "50 MiB" (52,428,800 B)'),
    ('budget.max-size = "-1 MB"', '1: max-size "-1 MB" is not a size; a limit is never below zero'),
    ('budget.max-size = "\u22121 MB"', '1: max-size "\u22121 MB" is not a size; a limit is never below zero'),
    ('budget.max-size = "1e309"', '1: max-size "1e309" is not a size; write "1 MB" (1,000,000 B) or "1 MiB" (1,048,576 B)'),
    ('budget.max-size = "99999 PB"', '1: max-size "99999 PB" is not a size; the most that can be counted is 9,007,199,254,740,991 B'),
    ('budget.max-size = "5 %"', '1: max-size "5 %" is a percentage, and nothing is there to take it of; write a size such as "50 MB"'),
    ('budget.max-growth = "5 percent"', '1: max-growth "5 percent" is not a percentage; write it as "5 %" or "2.5 %"'),
    ('budget.max-growth = "five %"', '1: max-growth "five %" is not a percentage; write it as "5 %" or "2.5 %"'),
    # wrong types
    ("budget.max-size = inf", '1: max-size must be in quotes and have a unit, such as "500 MB", not inf'),
    ("budget.max-size = nan", '1: max-size must be in quotes and have a unit, such as "500 MB", not nan'),
    ("budget.max-size = 1e309", '1: max-size must be in quotes and have a unit, such as "500 MB", not inf'),
    ("budget.max-size = true", '1: max-size must be in quotes and have a unit, such as "500 MB", not true'),
    ("budget.max-size = 2026-12-31", '1: max-size must be in quotes and have a unit, such as "500 MB", not 2026-12-31'),
    ('budget.max-layers = "40"', '1: max-layers must be a whole number without quotes, such as 40, not "40"'),
    ("budget.max-layers = 40.0", "1: max-layers must be a whole number without quotes, such as 40, not 40.0"),
    ("budget.max-layers = -1", "1: max-layers -1 is not a number of layers; write a whole number from 0 to 10,000"),
    ("budget.max-layers = 9999999999999999999999", "1: max-layers 9999999999999999999999 is not a number of layers; write a whole number from 0 to 10,000"),
    ("budget.ratchet = 5", '1: ratchet 5 has no unit; write "5 B", "5 kB" or "5 MB"'),
    ('budget.deny-paths = "/tmp/**"', '1: deny-paths must be an array, not "/tmp/**"; put it in brackets: ["/tmp/**"]'),
    ("override-label-sticky = 1", "1: override-label-sticky must be true or false without quotes, not 1"),
    ('override-label-sticky = "true"', '1: override-label-sticky must be true or false without quotes, not "true"'),
    ("budget = 5", '1: "budget" must be a table, not 5'),
    ('image = "api"', '1: "image" must be an array of tables; write [[image]] above each'),
    ("image = [5]", '1: "image" must hold tables, not 5'),
    ("budget.paths = 5", '1: "paths" must be a table, not 5'),
    ('comment.mode = "sometimes"', '1: mode "sometimes" is not one of always, changes, failure or never'),
    ('comment.title = "a\\u0007b"', '1: title "a\\u0007b" holds characters that cannot be seen; write it on one line without them'),
    ("comment.title = 5", "1: title must be a text in quotes, not 5"),
    ('comment.footer = "' + "x" * 1001 + '"', '1: footer "' + "x" * 60 + '…" is longer than 1,000 characters'),
    ("comment.bots = [" + '"x",' * 501 + "]", "1: bots has 501 elements; at most 500 make sense"),
    ('budget.max-growth = "ten"', '1: max-growth "ten" is neither a size nor a percentage; write it as "50 MB" (50,000,000 B) or "50 MiB" (52,428,800 B)'),
    # parts of budgets
    ('budget.max-size = {on-exceed = "warn"}', '1: max-size has no "limit"; write {limit = …, on-exceed = "warn"}'),
    ('budget.max-size = {limit = "1 MB", onexceed = "warn"}', '1: max-size "onexceed" is an unknown key; did you mean "on-exceed"?'),
    ('budget.creep = {limit = "1 MB", since = "yesterday"}', '1: creep "since" must be "release" or a number of days such as "30 days", not "yesterday"'),
    ('budget.deny-paths = ["tmp/**"]', '1: deny-paths element 1 "tmp/**" must begin with "/" (one place) or "**/" (anywhere): write "**/tmp/**"'),
    ('budget.deny-packages = ["gcc"]', '1: deny-packages element 1 "gcc" is not ECOSYSTEM:NAME, such as "deb:gcc*", "npm:typescript" or "*:curl"'),
    ('budget.paths."usr" = "1 MB"', '1: paths must be a path from the root of the image, such as "/usr/share", not "usr"'),
    ('budget.paths."/usr" = 5', '1: paths "/usr" 5 has no unit; write "5 B", "5 kB" or "5 MB"'),
    ("budget.platform.arm64.max-layers = 1", '1: platform "arm64" is not a platform; write it as "linux/amd64" or "linux/arm/v7"'),
    ('budget.platform."linux/arm64".max-sise = "1 MB"', '1: unknown key "max-sise"; did you mean "max-size"?'),
    ('budget.Max_Size = "1 MB"', '1: unknown key "Max_Size"; did you mean "max-size"?'),
    ('bugdet.max-size = "1 MB"', '1: unknown key "bugdet"; did you mean "budget"?'),
    # images
    ("[[image]]", '1: image has no "name"; add name = "api"'),
    ('[[image]]\nname = "a b"', '2: name "a b" is not a name; use letters, digits and . _ - / (and * ? [ ] for several images)'),
    ('[[image]]\nname = "a"\n[[image]]\nname = "a"', '4: image "a" is there twice; the first is at deadweight.toml:2'),
    ('[[image]]\nname = "a*"\ntarget = "x"', '3: target makes no sense in image "a*", which stands for several images'),
    ('[[image]]\nname = "a"\ndockerfile = "../Dockerfile"', '3: dockerfile "../Dockerfile" leads out of the repository'),
    ('[[image]]\nname = "a"\ndockerfile = "a/../../Dockerfile"', '3: dockerfile "a/../../Dockerfile" leads out of the repository'),
    ('[[image]]\nname = "a"\ncontext = "/srv"', '3: context "/srv" must be relative to the root of the repository, with / between folders'),
    ('[[image]]\nname = "a"\ncontext = "C:\\\\app"', '3: context "C:\\\\app" must be relative to the root of the repository, with / between folders'),
    ('[[image]]\nname = "a"\ncontext = "https://x/y.git"', '3: context "https://x/y.git" is not in the repository; only folders of the commit itself can be compared'),
    ('[[image]]\nname = "a"\nbuild-contexts.x = "../y"', '3: build-contexts "x" "../y" leads out of the repository'),
    ('[[image]]\nname = "a"\nnetwork = "bridge"', '3: network "bridge" is not one of default, none or host'),
    ('[[image]]\nname = "a"\nsecrets = ["hunter2"]', "3: secrets element 1 must say where the secret lies, as id=NAME,env=VARIABLE or id=NAME,src=FILE; never what it is"),
    ('[[image]]\nname = "a"\nbuild-args = ["A=1"]', "3: build-args must be a table, not an array"),
    ('[[image]]\nname = "a"\nbuild-args.A = 1', '3: build-args "A" must be a text in quotes, not 1'),
    ('[[image]]\nname = "a"\nsmoke = "./main"', '3: smoke must be an array, not "./main"; put it in brackets: ["./main"]'),
    # waivers and suppressions
    ('[[waiver]]\nimage = "a"\nallows = "max-size"\nreason = "x"', '1: waiver "a" has no "until"; add until = 2026-12-31'),
    ('[[waiver]]\nimage = "a"\nallows = "max-size"\nreason = " "\nuntil = 2026-12-31', "4: reason must not be empty"),
    ('[[waiver]]\nimage = "a"\nallows = "max-siez"\nreason = "x"\nuntil = 2026-12-31', '3: allows "max-siez" is not one of max-size, max-growth, download-max-size, download-max-growth, max-layers, max-new-layers, max-dead, base-image-max-growth, drift-max-growth, deny-paths, deny-packages, paths, ratchet, creep or removal; did you mean "max-size"?'),
    ('[[waiver]]\nimage = "a"\nallows = "max-size"\nreason = "x"\nuntil = "2026-12-31"', '5: until must be a date without quotes, such as 2026-12-31, not "2026-12-31"'),
    ('[[waiver]]\nimage = "a"\nallows = "max-size"\nreason = "x"\nuntil = 2026-12-31T00:00:00Z', "5: until must be a date without quotes, such as 2026-12-31, not 2026-12-31 00:00:00+00:00"),
    ('[[ignore]]\nrule = "x"', '1: ignore "x" has no "reason"; add reason = "…"'),
    # TOML itself
    ("a = ", "1: is not TOML: Invalid value (column 5)"),
    ('[budget]\nmax-size = "1 MB"\nmax-size = "2 MB"', "3: is not TOML: Cannot overwrite a value (column 18)"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), ONE_MISTAKE, ids=[text for text, _ in ONE_MISTAKE])
def test_mistake__has_its_line_and_a_way_out(text: str, problem: str):
    """One mistake is one problem, at the line of the key."""
    assert [f"deadweight.toml:{problem}"] == problems(text)


@pytest.mark.parametrize(
    ("secret", "theirs"),
    [
        ("id=a,env=INPUT_GITHUB-TOKEN", "INPUT_GITHUB-TOKEN"),
        ("id=a,env=github_token", "github_token"),
        ("id=ACTIONS_RUNTIME_TOKEN", "ACTIONS_RUNTIME_TOKEN"),
        ("id=a,env=RUNNER_TEMP", "RUNNER_TEMP"),
        ("id=a,env=DOCKER_AUTH_CONFIG", "DOCKER_AUTH_CONFIG"),
        ("id=a,src=/proc/self/environ", "/proc/self/environ"),
        ("id=a,source=/x/../sys/y", "/x/../sys/y"),
        ("id=a,src=//dev/stdin", "//dev/stdin"),
    ],
)
def test_secret__of_the_runner_is_a_mistake(secret: str, theirs: str):
    """What is the runner's or the machine's is refused at its line, however it is written."""
    [problem] = problems(f'[[image]]\nname = "a"\nsecrets = ["{secret}"]')

    assert problem.startswith(f'deadweight.toml:3: secrets element 1 asks for "{theirs}", which is the ')


@pytest.mark.parametrize(
    "line",
    [
        'build-contexts."x=https://evil.example/y?" = "libs"',
        'build-contexts."x=docker-image://local,y" = "libs"',
        'build-contexts." x" = "libs"',
        "secrets = ['id=a,src=\"/etc/shadow\"']",
        'secrets = ["id=/proc/self/environ"]',
        'secrets = ["id=a,env=X,src=/etc/shadow"]',
        'secrets = ["type=file,id=a,src=/etc/shadow"]',
    ],
)
def test_name__that_would_end_early_is_a_mistake(line: str):
    """A name of a context or of a secret holds nothing that buildx would read as the beginning of a source."""
    [problem] = problems(f'[[image]]\nname = "a"\n{line}')

    assert problem.startswith("deadweight.toml:3: ")


@pytest.mark.parametrize(
    "inputs",
    [
        {"secret-envs": "a=INPUT_GITHUB-TOKEN"},
        {"secret-files": "a=/proc/self/environ"},
        {"secret-envs": "a,src=/etc/shadow,id=b=X"},
        {"build-contexts": "x,y=libs"},
    ],
)
def test_secret__of_an_input_is_read_as_strictly(inputs: dict[str, str]):
    """The short forms of the inputs are no way around it."""
    with pytest.raises(ConfigError):
        read_settings(inputs)


HOSTILE = (
    ("a = " + "[" * 100_000, "deadweight.toml: is nested too deeply; a configuration needs five levels"),
    (".".join("a" * 20_000) + " = 1", "deadweight.toml: is nested too deeply; a configuration needs five levels"),
    ("[budget]\nmax-layers = " + "9" * 1_000_000, "deadweight.toml:2: holds a number that is too large"),
    ("#" * 2_000_000, "deadweight.toml: has 2,000,000 B; a configuration has at most 1 MiB"),
    (b'[budget]\nmax-size = "\xff"', "deadweight.toml:2: is not UTF-8 (byte 0xFF)"),
)


@pytest.mark.parametrize(("text", "problem"), HOSTILE, ids=[problem for _, problem in HOSTILE])
def test_hostile_file__is_one_problem(text: str | bytes, problem: str):
    """A file that is made to break a parser is refused with a sentence."""
    assert [problem] == problems(text)


def test_deep_but_valid_nesting__is_an_unknown_key():
    """What the parser still accepts, the checker refuses like any other unknown key."""
    text = "x = " + "[" * 390 + "]" * 390 + "\n[budget]\nz = " + "{a=" * 100 + "1" + "}" * 100

    expected = ['deadweight.toml:1: unknown key "x"', 'deadweight.toml:3: unknown key "z"']
    assert expected == problems(text)


def test_many_mistakes__are_all_there_in_the_order_of_the_file():
    """A thousand wrong images give a thousand problems, each at its own line."""
    text = "".join(f'[[image]]\nname = "i{number}"\nbudget.max-size = {number}\n' for number in range(1, 1001))

    found = problems(text)

    assert [number * 3 for number in range(1, 1001)] == [int(problem.split(":")[1]) for problem in found]


def test_flood_of_mistakes__is_cut():
    """A file that is nothing but mistakes does not flood the log."""
    found = problems("".join(f"x{number} = 1\n" for number in range(5000)))

    expected = (1001, "deadweight.toml: 4,000 more mistakes like these")
    assert expected == (len(found), found[-1])


def test_foreign_text__is_cut_and_made_visible():
    """A value made to forge log lines or to hide is shown on one line, short, with its controls escaped."""
    (problem,) = problems(f'comment.mode = "\\u001b[2K::error::\\u202e\\n{"x" * 500}"')

    assert problem.startswith('deadweight.toml:1: mode "\\u001B[2K::error::\\u202E\\nxxx')
    assert problem.isprintable()
    assert len(problem) < 200


def test_pyproject__is_read_below_its_own_table():
    """In a pyproject.toml only tool.deadweight counts, and the lines are those of the whole file."""
    text = '[project]\nname = "x"\n\n[tool.deadweight.budget]\nmax-size = "4 MEGS"\n[tool.other]\nbudget = 5\n'

    (problem,) = problems(text, "pyproject.toml")

    assert problem.startswith('pyproject.toml:5: max-size "4 MEGS" is not a size')


def test_pyproject__whose_own_table_is_none_is_a_mistake():
    """In a pyproject.toml tool.deadweight must be a table."""
    assert problems("[tool]\ndeadweight = 5\n", "pyproject.toml") == ['pyproject.toml:2: "tool.deadweight" is a table']


KEYS = st.sampled_from(
    (
        *("budget", "image", "waiver", "comment", "discover", "ignore", "override-label", "override-label-sticky", "x"),
        *("max-size", "max-growth", "paths", "platform", "deny-paths", "ratchet", "creep", "on-exceed"),
        *("name", "limit", "until", "secrets", "build-args"),
    )
)
LEAVES = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(["10 MB", "5 %", "warn", "linux/arm64", "/usr", "**/x", "deb:gcc*", "api", "a*", "30 days"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text("ab/ .*", max_size=6), inner, max_size=4)
    ),
    max_leaves=15,
)


def toml(value: object) -> str:
    """Write a value as TOML, tables inline."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(letter):08X}" for letter in value) + '"'
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
        case _ if hasattr(value, "isoformat"):
            return value.isoformat()
        case _:
            return repr(value)


def problems_of(content: bytes) -> list[str]:
    """The problems of a file that may have none."""
    try:
        read(content)
    except ConfigError as error:
        return [problem.replace("\u00a0", " ") for problem in error.problems]
    return []


@settings(max_examples=400)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_values__are_read_or_refused(values: dict[str, object]):
    """Whatever values a valid file holds, it is read, or refused with problems that have a line."""
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in values.items())

    found = problems_of(text.encode())

    assert all(problem.startswith("deadweight.toml:") and problem.isprintable() for problem in found)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"\xef\xbb\xbf[budget]")
@example(b"\x00")
def test_any_bytes__are_read_or_refused(content: bytes):
    """Whatever bytes a file holds, nothing but a problem with the file's name comes of it."""
    found = problems_of(content)

    assert all(problem.startswith("deadweight.toml:") and problem.isprintable() for problem in found)
