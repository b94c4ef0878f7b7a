"""How far proposals are tried, and what is asked of them: from the configuration of both commits, and from inputs."""

from dataclasses import replace

import pytest

from bot.config import read_config, read_settings
from bot.errors import ConfigError
from bot.model.config import Config, ConfigFile, Settings, VerifyMode
from bot.model.verify import Questions, WebPage
from bot.policy.verifying import asked_of, is_worth_a_search, mode_of
from tests.render.reports import accepted, growth, no_change

RUN, BUILD, NEVER = VerifyMode.RUN, VerifyMode.BUILD, VerifyMode.NEVER


def read(base: str | None, head: str | None, **inputs: str) -> Config:
    """The configuration of a run."""
    files = (None if text is None else ConfigFile("deadweight.toml", text.encode(), "a1b2c3d") for text in (base, head))
    settings = read_settings({name.replace("_", "-"): text for name, text in inputs.items()}) if inputs else Settings()
    return read_config(*files, settings)


@pytest.mark.parametrize(
    ("base", "head", "inputs", "mode"),
    [
        (None, None, {}, RUN),
        ('verify = "never"', 'verify = "run"', {}, NEVER),
        ('verify = "build"', 'verify = "run"', {}, BUILD),
        ('verify = "run"', 'verify = "build"', {}, BUILD),
        (None, 'verify = "never"', {}, NEVER),
        ('verify = "never"', None, {}, NEVER),
        ('verify = "never"', 'verify = "never"', {"verify": "run"}, NEVER),
        ('verify = "run"', 'verify = "run"', {"verify": "build"}, BUILD),
        (
            'verify = "never"\n[[image]]\nname = "api"\nverify = "build"',
            '[[image]]\nname = "api"\nverify = "run"',
            {},
            BUILD,
        ),
        ('[[image]]\nname = "a*"\nverify = "never"\n[[image]]\nname = "api"\nverify = "run"', None, {}, RUN),
        ('[[image]]\nname = "a*"\nverify = "never"', '[[image]]\nname = "api"\nverify = "run"', {}, NEVER),
        ("[budget", 'verify = "build"', {}, BUILD),
    ],
)
def test_mode__goes_no_further_than_the_base_lets(base: str | None, head: str | None, inputs: dict, mode: VerifyMode):
    """A pull request, its first configuration and an input can only bound what is run; the base's own word holds."""
    assert mode_of(read(base, head, **inputs).verify, "api") is mode


def test_minutes_and_least__are_the_base_s():
    """How long and from what on a search may take the runner's time is not for a pull request to say."""
    verify = read('verify-minutes = 2\nverify-min = "20 MB"', 'verify-minutes = 60\nverify-min = "1 B"').verify

    assert (verify.seconds, verify.least.amount) == (120.0, 20_000_000)
    assert "the base's holds" in " ".join(read("verify-minutes = 2", "verify-minutes = 60").notes)
    assert read(None, "verify-minutes = 60").verify.seconds == 300.0


SMOKE = '[[image]]\nname = "api"\nsmoke = [["./main", "--version"], ["./main"]]\npages = ["8080/health"]\n'


def test_questions__are_the_head_s():
    """What an image must answer is a part of how it is built, as its own commit says it."""
    asked = Questions((("./main", "--version"), ("./main",)), (WebPage(8080, "/health"),))

    assert asked_of(read('[[image]]\nname = "api"\nsmoke = ["true"]', SMOKE).verify, "api") == asked
    assert asked_of(read(SMOKE, SMOKE).verify, "web") == Questions()


def test_questions__one_command_is_its_words():
    """A plain array is one command, as it always was; an empty one takes a more general one away."""
    glob = '[[image]]\nname = "*"\nsmoke = ["./main", "-v"]\n'

    assert asked_of(read(None, glob).verify, "api").commands == (("./main", "-v"),)
    assert asked_of(read(None, f'{glob}[[image]]\nname = "api"\nsmoke = []').verify, "api").commands == ()


def test_questions__of_inputs_are_split_as_a_shell_does():
    """A line of the input is a command; quotes hold its words together."""
    verify = read(None, None, smoke="./main --name 'a b'\n./main", pages="80/\n8080/x?y=1").verify

    assert asked_of(verify, "image").commands == (("./main", "--name", "a b"), ("./main",))
    assert asked_of(verify, "image").pages == (WebPage(80, "/"), WebPage(8080, "/x?y=1"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("verify-minutes = 0", "must be a whole number of minutes from 1 to 60, not 0"),
        ("verify-minutes = true", "must be a whole number of minutes"),
        ('verify-min = "5"', "neither a size nor a percentage"),
        ('verify = "always"', '"always" is not one of never, build or run'),
        ('[[image]]\nname = "a"\npages = ["8080"]', 'is not a page; write its port and path, such as "8080/health"'),
        ('[[image]]\nname = "a"\npages = ["0/x"]', "is not a page"),
        ('[[image]]\nname = "a"\npages = ["65536/x"]', "is not a page"),
        ('[[image]]\nname = "a"\npages = ["80/a b"]', "is not a page"),
        ('[[image]]\nname = "a"\nsmoke = [["a"], "b"]', "must be an array"),
    ],
)
def test_mistakes__are_told_with_a_way_out(text: str, told: str):
    """What cannot be meant is refused by name."""
    with pytest.raises(ConfigError) as caught:
        read(text, text)

    assert told in "\n".join(caught.value.problems)


@pytest.mark.parametrize(("name", "text"), [("smoke", "./main 'x"), ("verify-minutes", "five"), ("pages", "/x")])
def test_inputs__that_cannot_be_meant_are_named(name: str, text: str):
    """An input that is no command, number or page is a mistake, never ignored."""
    with pytest.raises(ConfigError, match=f'input "{name}"'):
        read_settings({name: text})


def test_search__is_worth_its_time_for_what_grew_and_promises_much():
    """An image that grew, or is over a budget, is searched for where a finding promises more than the least."""
    grown, options = growth().images[0], read(None, None).verify
    kept = replace(grown, budgets=(), delta=replace(grown.delta, unpacked_bytes=800_000))
    small = replace(grown.findings[0], claimed=replace(grown.findings[0].claimed, live=0, base_image=40_000_000))

    assert is_worth_a_search(grown, options)
    assert is_worth_a_search(replace(kept, budgets=grown.budgets), options)
    assert not is_worth_a_search(kept, options)
    assert not is_worth_a_search(replace(grown, findings=(small,)), options)
    assert is_worth_a_search(replace(grown, findings=(small,)), read(None, None, verify_min="40 MB").verify)
    assert not is_worth_a_search(replace(grown, findings=(replace(grown.findings[0], suppressed="known"),)), options)
    assert not is_worth_a_search(no_change().images[0], options)
    assert not is_worth_a_search(replace(accepted().images[0], head=None), options)
