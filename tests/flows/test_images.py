"""The commands that look at images without an event: compare, inspect, advise, and the start of a configuration."""

import pytest

from bot.config import read_settings
from bot.errors import ImageError
from bot.flows.compare import advise_on, compare, image_names, starting_point
from bot.model.budget import Verdict
from bot.model.build import ImageSpec
from bot.model.config import Config, Settings
from bot.model.image import ImageReference, Transport
from bot.model.report import ImageState, SideReport
from bot.ports import no_bake
from tests.flows.world import MB, TODAY, Shop, dockerfile


def test_compare__of_two_images(shop: Shop):
    """Two images are compared as they are, with their names for commits."""
    base, head = shop.workshop.put("shop:1", "a 1000000"), shop.workshop.put("shop:2", "a 1000000", "b 2000000")

    report = compare([base, head], shop.workshop, Settings(), TODAY)

    (image,) = report.images
    assert (image.name, image.state, image.delta.unpacked_bytes) == ("shop:2", ImageState.CHANGED, 2 * MB)
    assert (report.comparison.base_label, report.comparison.head_label) == (
        "docker-daemon:shop:1",
        "docker-daemon:shop:2",
    )
    assert report.exit_code == 0


def test_compare__is_held_to_the_budgets_of_the_command_line(shop: Shop):
    """Budgets may be given as options, and an exceeded one is exit code 1."""
    base, head = shop.workshop.put("one", "a 1000000"), shop.workshop.put("two", "b 3000000")

    report = compare([base, head], shop.workshop, read_settings({"max-growth": "1 MB"}), TODAY)

    assert (report.verdict, report.exit_code) == (Verdict.FAIL, 1)


def test_inspect__of_one_image(shop: Shop):
    """One image is explained by itself: nothing is said to have grown, and what is dead is counted."""
    reference = shop.workshop.put("folder/shop.tar", "a 1000000", "-a")

    report = compare([reference], shop.workshop, Settings(), TODAY)

    (image,) = report.images
    assert (image.name, image.state, image.delta) == ("shop.tar", ImageState.NOT_COMPARED, None)
    assert isinstance(image.head, SideReport)
    assert (image.head.unpacked_bytes, image.head.dead_bytes) == (MB, MB)
    assert sum(content.bytes for content in image.contents) == MB


def test_inspect__of_an_image_that_is_not_there(shop: Shop):
    """An image that cannot be found is said to be missing, with exit code 3."""
    with pytest.raises(ImageError) as caught:
        compare([ImageReference(Transport.DOCKER_DAEMON, "none")], shop.workshop, Settings(), TODAY)

    assert caught.value.exit_code == 3


def test_advise__builds_the_working_tree_only(shop: Shop):
    """One Dockerfile is built once, and compared with nothing."""
    shop.start({"api/Dockerfile": dockerfile(1)})
    settings = Settings(single_image=ImageSpec("api", "api/Dockerfile", "api"))

    report, _ = advise_on(settings, shop.world)

    assert (shop.built(), report.images[0].state) == ([("api", "head")], ImageState.NOT_COMPARED)
    assert shop.runner.files == {}


def test_start__finds_images_without_building_them(shop: Shop):
    """A first configuration names what there is; nothing is built unless sizes are asked for."""
    shop.start({"api/Dockerfile": dockerfile(1), "web/Dockerfile": dockerfile(2)})

    found, sizes = starting_point(Settings(), shop.world, measured=False)

    assert ([one.spec.name for one in found.images], sizes, shop.built()) == (["api", "web"], {}, [])


def test_start__measures_where_asked(shop: Shop):
    """With today's sizes, what does not build has none."""
    shop.start({"api/Dockerfile": dockerfile(1), "web/Dockerfile": "FROM scratch\nRUN exit 7\n"})

    found, sizes = starting_point(Settings(), shop.world, measured=True)

    assert ([one.spec.name for one in found.images], sizes) == (["api", "web"], {"api": MB})


def test_names__are_those_of_the_working_tree(shop: Shop):
    """What config check and explain speak about is what is declared and what is found, each once."""
    shop.start({"api/Dockerfile": dockerfile(1), "web/Dockerfile": dockerfile(2)})
    declared = ImageSpec("mine", "api/Dockerfile", "api")

    assert image_names(Config(), shop.git, no_bake) == ("api", "web")
    assert image_names(Config(images=(declared, declared), discover=("**/Dockerfile",)), shop.git, no_bake) == (
        "mine",
        "web",
    )
