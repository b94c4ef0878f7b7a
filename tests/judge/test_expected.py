"""Which images of the base's configuration a report must hold."""

import pytest

from bot.config import read_config
from bot.model.config import ConfigFile, Settings
from bot.policy.expected import expected_images

IMAGES = '[[image]]\nname = "api"\nplatforms = ["linux/amd64", "linux/arm64"]\n[[image]]\nname = "web"\ntarget = "t"\n'


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        (IMAGES, []),
        (f'[budget]\nmax-size = "1 MB"\n{IMAGES}', [("api", "linux/amd64"), ("api", "linux/arm64"), ("web", "")]),
        (IMAGES + 'budget.max-size = "1 MB"\n', [("web", "")]),
        (f'{IMAGES}budget.platform."linux/arm64".max-size = "1 MB"\n', [("web", "")]),
        (f'[budget.platform."linux/arm64"]\nmax-layers = 9\n{IMAGES}', [("api", "linux/arm64"), ("web", "")]),
        (
            f'[budget]\nmax-size = "1 MB"\n{IMAGES}budget.max-size = false\n',
            [("api", "linux/amd64"), ("api", "linux/arm64")],
        ),
        ('[budget]\nmax-size = "1 MB"\n', []),
    ],
)
def test_expected_images__are_those_declared_with_a_budget(toml: str, expected: list[tuple[str, str]]):
    """Each declared image and platform that a budget holds for; found ones only the tree could tell."""
    file = ConfigFile("deadweight.toml", toml.encode())

    assert list(expected_images(read_config(file, file, Settings()))) == expected
