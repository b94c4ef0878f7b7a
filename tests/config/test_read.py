"""Base, head and inputs: what a pull request changes in the configuration is shown, not obeyed (T-P1)."""

import pytest

from bot.config import Proposal, read_config, read_settings
from bot.config.read import find_config
from bot.errors import ConfigError, GitError
from bot.model.budget import Verdict
from bot.model.build import ImageSpec
from bot.model.config import CommentMode, Config, ConfigFile, Settings
from bot.policy.effective import effective_budgets

PATH = "deadweight.toml"
BASE = '[budget]\nmax-size = "100 MB"\n\n[[image]]\nname = "api"\n'


def file(text: str, path: str = PATH, commit: str = "a1b2c3d") -> ConfigFile:
    """A configuration file of a commit."""
    return ConfigFile(path, text.encode(), commit)


def read(base: str | None, head: str | None, settings: Settings | None = None) -> Config:
    """The configuration of a run."""
    files = (None if text is None else file(text) for text in (base, head))
    return read_config(*files, settings or Settings())


def limits(config: Config, image: str = "api") -> list[str]:
    """The limits that hold for an image, as written."""
    return [item.budget.limit.text for item in effective_budgets(config.policy, image, "") if item.budget.limit]


def test_no_configuration__means_nothing_can_fail_and_says_so():
    """Without any file there is no budget, and a note names the way to one."""
    config = read(None, None)

    assert config == Config(
        notes=("There is no configuration, so nothing can fail; `deadweight config init` writes one.",)
    )


def test_no_configuration__but_an_input_is_a_policy():
    """The quick inputs are budgets like any other, and then nothing is missing."""
    config = read(None, None, read_settings({"max-size": "5 MB"}))

    assert limits(config) == ["5 MB"]
    assert config.notes == ()


def test_same_configuration__needs_no_word():
    """Where base and head agree nothing is said."""
    config = read(BASE, BASE)

    assert config.notes == ()
    assert config.images == config.base_images == (ImageSpec("api"),)
    assert config.source == config.policy.source == "deadweight.toml at a1b2c3d"


RAISED = BASE.replace("100 MB", "300 MB")


def test_raised_budget__is_shown_and_not_obeyed():
    """A pull request that raises its own budget is judged by the base's, and the report shows the attempt."""
    config = read(BASE, RAISED)

    assert limits(config) == ["100 MB"]
    assert config.notes == (
        "This change would change max-size of every image from 100 MB to 300 MB; the base's holds.",
    )


CHANGES = (
    (
        '[budget]\nmax-size = "1 MB"\nmax-layers = 5\n',
        '[budget]\nmax-size = "1 MB"\n',
        "max-layers of every image from 5 to none",
    ),
    (
        '[budget]\nmax-size = "1 MB"\n',
        '[budget]\nmax-size = {limit = "1 MB", on-exceed = "warn"}\n',
        "max-size of every image from 1 MB to 1 MB (on-exceed warn)",
    ),
    ("", '[budget]\non-exceed = "warn"\n', "on-exceed of every image from none to warn"),
    ("", '[budget]\nalready-over = "ignore"\n', "already-over of every image from none to pass"),
    (
        '[budget.platform."linux/arm64"]\nmax-layers = 5\n',
        '[budget.platform."linux/arm64"]\nmax-layers = false\n',
        "max-layers of every image on linux/arm64 from 5 to none",
    ),
    (
        '[budget.paths]\n"/usr" = "1 MB"\n',
        '[budget.paths]\n"/usr" = "2 MB"\n',
        'paths "/usr" of every image from 1 MB to 2 MB',
    ),
    (
        '[budget]\ndeny-paths = ["**/.git"]\n',
        "[budget]\ndeny-paths = []\n",
        'deny-paths of every image from ["**/.git"] to none',
    ),
    (
        "[budget]\nratchet = true\n",
        '[budget]\nratchet = {slack = "1 GB"}\n',
        "ratchet of every image from smallest on record + 0 B to smallest on record + 1 GB",
    ),
    (
        '[budget]\ncreep = "1 MB"\n',
        '[budget]\ncreep = {limit = "1 MB", since = "1 day"}\n',
        "creep of every image from 1 MB since the last release to 1 MB since 1 day ago",
    ),
    ("", 'override-label = "lgtm"\n', "override-label"),
    ("", "override-label-sticky = true\n", "override-label-sticky"),
    ("", '[comment]\nmode = "never"\n', "[comment]"),
    ("", '[[ignore]]\nrule = "x"\nreason = "y"\n', "[[ignore]]"),
)


@pytest.mark.parametrize(("base", "head", "words"), CHANGES, ids=[words for *_, words in CHANGES])
def test_change__is_told_in_words(base: str, head: str, words: str):
    """Every part of the policy that the head would change is told, and the base's holds."""
    config = read(base, head)

    assert config.notes == (f"This change would change {words}; the base's holds.",)
    assert config.policy == read(base, base).policy


STICKY = "override-label-sticky = true\n"


@pytest.mark.parametrize(
    ("base", "head", "sticky"),
    [
        (STICKY, STICKY, True),
        (STICKY, "", True),
        ("", STICKY, False),
        (None, STICKY, False),
        ("nonsense", STICKY, False),
    ],
)
def test_sticky_label__is_for_the_base_to_allow(base: str | None, head: str, *, sticky: bool):
    """A label covers later pushes where the base says so; a first or repaired configuration does not make it."""
    assert read(base, head).override_label_sticky is sticky


WAIVER = '[[waiver]]\nimage = "api"\nallows = "max-size"\nreason = "please"\nuntil = 2099-12-31\n'


def test_waiver__of_the_head_does_not_hold():
    """Nobody waives their own budget: a waiver counts once it is merged."""
    config = read(BASE, BASE + WAIVER)

    assert config.policy.waivers == ()
    assert config.notes == (
        'This change would add a waiver of max-size for "api" until 2099-12-31; it does not hold before it is merged.',
    )


def test_waiver__that_the_head_takes_away_still_holds():
    """The base decides in both directions."""
    config = read(BASE + WAIVER, BASE)

    held = [waiver.reason for waiver in config.policy.waivers]
    assert held == ["please"]
    assert config.notes == ('This change would end a waiver of max-size for "api" until 2099-12-31; it still holds.',)


def test_deleted_configuration__still_holds():
    """Deleting the file lifts no budget."""
    config = read(BASE, None)

    assert limits(config) == ["100 MB"]
    assert config.notes == ("This change takes deadweight.toml away; the base's holds.",)


FIRST = (
    "There is no configuration on the base: deadweight.toml of this change says how images are built, "
    "and decides nothing before it is merged."
)


def test_first_configuration__names_images_and_decides_nothing():
    """Where the base has none, the head's says how images are built; what it would judge by is kept to be shown."""
    config = read(None, BASE)

    assert (config.images, config.base_images) == ((ImageSpec("api"),), ())
    assert config.policy == Config().policy
    assert config.proposed is not None
    assert [sets.budgets[0].limit.text for sets in config.proposed.sets] == ["100 MB"]
    assert config.notes == (FIRST,)


SOFT = (
    'override-label = "lgtm"\n[comment]\nmode = "never"\ntitle = "approved"\n'
    '[[ignore]]\nrule = "x"\nreason = "y"\n'
    '[[waiver]]\nimage = "*"\nallows = "max-size"\nreason = "please"\nuntil = 2099-12-31\n'
    '[discover]\nexclude = ["**"]\n[budget]\nmax-size = "1 PB"\n'
)


@pytest.mark.parametrize("base", [None, "budget = 5\n"])
@pytest.mark.parametrize("proposal", [Proposal.SHOWN, Proposal.BUDGETS])
def test_unreviewed_configuration__softens_nothing(base: str | None, proposal: Proposal):
    """No waiver, suppression, label, exclusion or word of a first or repaired configuration counts."""
    held = read_config(None if base is None else file(base), file(SOFT), Settings(), proposal)
    default = Config()

    assert (held.policy.waivers, held.suppressions, held.exclude) == ((), (), ())
    assert (held.override_label, held.comment) == (default.override_label, default.comment)
    assert [len(sets.budgets) for sets in held.policy.sets] == ([1] if proposal is Proposal.BUDGETS else [])


def test_first_configuration__of_a_command_line_is_the_users_own():
    """Who has written a first configuration and checks it is judged by it."""
    config = read_config(None, file(BASE), Settings(), Proposal.POLICY)

    assert limits(config) == ["100 MB"]
    assert config.base_images == config.images == (ImageSpec("api"),)
    assert config.notes == ("There is no configuration on the base: this change is judged by its own deadweight.toml.",)


GREEDY = (
    '[[image]]\nname = "api"\nsecrets = ["id=t,src=/etc/shadow"]\nnetwork = "host"\n'
    'build-contexts = {lib = "libs", evil = "https://evil.example/x.git", image = "docker-image://local"}\n'
    'build-args = {VERSION = "1", BUILDKIT_CACHE_MOUNT_NS = "theirs"}\n'
)


@pytest.mark.parametrize("base", [None, "budget = 5\n"])
@pytest.mark.parametrize("proposal", list(Proposal))
def test_unreviewed_configuration__has_no_authority(base: str | None, proposal: Proposal):
    """Secrets, network, contexts elsewhere and options of the builder are not taken, wherever we run; each is told."""
    config = read_config(None if base is None else file(base), file(GREEDY), Settings(), proposal)

    assert config.images == (ImageSpec("api", build_contexts=(("lib", "libs"),), build_args=(("VERSION", "1"),)),)
    told = [note for note in config.notes if note.startswith('This change gives image "api"')]
    assert told == [
        'This change gives image "api" other secrets (deadweight.toml:1); a build gets them once the base has them.',
        'This change gives image "api" another network (deadweight.toml:1); a build gets it once the base has it.',
        (
            'This change gives image "api" other contexts from outside of the repository ("evil", "image")'
            " (deadweight.toml:1); a build gets them once the base has them."
        ),
        (
            'This change gives image "api" other options of the builder ("BUILDKIT_CACHE_MOUNT_NS")'
            " (deadweight.toml:1); a build gets them once the base has them."
        ),
    ]


def test_changed_configuration__keeps_the_contexts_that_were_reviewed():
    """A context of the base stays what it is, though the head would exchange it for another, or hide it by a folder."""
    base = BASE + 'build-contexts = {one = "docker-image://alpine@sha256:1", two = "https://example.org/x.git"}\n'
    head = BASE + 'build-contexts = {one = "docker-image://evil", two = "libs", three = "more", four = "https://x/y"}\n'

    config = read(base, head)

    assert dict(config.images[0].build_contexts) == {
        "one": "docker-image://alpine@sha256:1",
        "two": "https://example.org/x.git",
        "three": "more",
    }


def test_broken_configuration__of_the_head_fails():
    """A pull request that breaks the configuration would break every later one."""
    with pytest.raises(ConfigError) as caught:
        read(BASE, BASE + "bugdet = 5\n")

    assert caught.value.problems == ('deadweight.toml:6: unknown key "bugdet" in image "api"; did you mean "budget"?',)


def test_broken_configuration__of_the_base_can_be_repaired():
    """Where the base's cannot be read, the head's names the images: else no pull request could ever repair it."""
    config = read("budget = 5\n", BASE)

    assert config.images == (ImageSpec("api"),)
    (note,) = config.notes
    assert note.startswith('The base\'s configuration cannot be read (deadweight.toml:1: "budget" must be a table, ')
    assert note.endswith("says how images are built, and decides nothing before it is merged.")


def test_broken_configuration__of_both_sides_is_told_once():
    """The same broken file on both sides is refused with its problems."""
    with pytest.raises(ConfigError) as caught:
        read("budget = 5\n", "budget = 5\n")

    expected = 1
    assert expected == len(caught.value.problems)


def commit(**files: str | GitError) -> ConfigFile | None:
    """Find the configuration in a commit whose files have ``__`` for a slash and ``_`` for a dot in their names."""
    tree = {name.replace("__", "/").replace("_", "."): content for name, content in files.items()}

    def read_file(path: str) -> bytes | None:
        content = tree.get(path)
        if isinstance(content, GitError):
            raise content
        return None if content is None else content.encode()

    return find_config(read_file, commit="a1b2c3d")


LINK = GitError("'deadweight.toml' is not a regular file.", why="It is a symbolic link.")
FOLDER = GitError("'deadweight.toml' is not a regular file.", why="It is a folder.")
TOOL = '[tool.deadweight.budget]\nmax-size = "1 MB"\n'


@pytest.mark.parametrize("something", [LINK, FOLDER])
def test_link_or_folder__in_place_of_the_configuration_changes_nothing(something: GitError):
    """A pull request that puts a link or a folder there is judged by the base's file."""
    config = read_config(commit(deadweight_toml=BASE), commit(deadweight_toml=something), Settings())

    assert limits(config) == ["100 MB"]
    assert config.notes == ("deadweight.toml of this change cannot be read; the base's holds.",)


def test_link__is_never_no_configuration():
    """Where there is no base to fall back upon, a link is a mistake with its reason."""
    with pytest.raises(ConfigError) as caught:
        read_config(None, commit(deadweight_toml=LINK), Settings())

    assert caught.value.problems == (
        "deadweight.toml: 'deadweight.toml' is not a regular file. It is a symbolic link.",
    )


def test_link__does_not_make_way_for_the_next_file():
    """The file of the next place does not take over from one that cannot be read."""
    found = commit(deadweight_toml=LINK, pyproject_toml=TOOL)

    assert found is not None
    assert (found.path, found.also) == (PATH, ("pyproject.toml",))


def test_renamed_configuration__is_told():
    """A file that moves to another place is still the base's."""
    moved = ConfigFile(".github/deadweight.toml", RAISED.encode(), "d4e5f6a")

    config = read_config(commit(deadweight_toml=BASE), moved, Settings())

    assert limits(config) == ["100 MB"]
    assert config.notes[0] == (
        "This change makes .github/deadweight.toml the configuration instead of deadweight.toml; the base's holds."
    )


def test_second_configuration__of_higher_precedence_is_told():
    """A pull request that adds a file which comes first is judged by the base's."""
    base = find_config({".github/deadweight.toml": BASE.encode()}.get, commit="a1b2c3d")
    head = find_config({".github/deadweight.toml": BASE.encode(), PATH: RAISED.encode()}.get, commit="d4e5f6a")

    config = read_config(base, head, Settings())

    assert limits(config) == ["100 MB"]
    assert config.notes == (
        "This change makes deadweight.toml the configuration instead of .github/deadweight.toml; the base's holds.",
        "This change would change max-size of every image from 100 MB to 300 MB; the base's holds.",
    )


def test_several_files__are_named_and_one_is_read():
    """Of several configuration files one holds, and a note names the others."""
    both = commit(deadweight_toml=BASE, pyproject_toml=TOOL)

    config = read_config(both, both, Settings())

    assert config.notes == ("pyproject.toml is not read, because deadweight.toml comes first.",)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TOOL, True),
        ('[tool]\ndeadweight.budget.max-size = "1 MB"\n', True),
        ("[tool.other]\nx = 1\n", False),
        ("# [tool.deadweight] some day\n", False),
        ("[tool.deadweight\n", True),
        ("[broken\n", False),
    ],
)
def test_pyproject__counts_where_it_has_our_table(text: str, found: bool):
    """A pyproject.toml that has nothing for us is none of our business, broken or not."""
    assert found == (commit(pyproject_toml=text) is not None)


def test_chosen_file__is_the_only_one_looked_for():
    """A file that an input names is read, whatever lies in the usual places."""
    files = {PATH: BASE.encode(), "ci/x.toml": RAISED.encode()}

    found = find_config(files.get, "ci/x.toml", "a1b2c3d")

    assert found == ConfigFile("ci/x.toml", RAISED.encode(), "a1b2c3d")


def test_chosen_file__that_does_not_exist_is_a_mistake():
    """A file that an input names must be on one side at least."""
    with pytest.raises(ConfigError) as caught:
        read_config(None, None, Settings(config_path="ci/x.toml"))

    assert caught.value.problems == ('input "config": there is no file "ci/x.toml" in the repository',)


MOVED = BASE + 'dockerfile = "docker/Dockerfile"\ntarget = "runtime"\n'


def test_head__says_how_its_images_are_built():
    """A Dockerfile may move and a target may be renamed in one change with the configuration; both are told."""
    config = read(BASE, MOVED)

    assert config.images == (ImageSpec("api", "docker/Dockerfile", target="runtime"),)
    assert config.base_images == (ImageSpec("api"),)
    assert config.notes == (
        'This change builds image "api" with another Dockerfile.',
        'This change builds image "api" with another target.',
    )


def test_image__that_the_head_no_longer_declares_is_measured_all_the_same():
    """Taking an image out of the configuration is no way around its budget."""
    config = read(BASE + '[[image]]\nname = "web"\n', BASE)

    assert [image.name for image in config.images] == ["api", "web"]
    assert config.notes == ('This change no longer declares image "web"; it is measured all the same.',)


def test_image__that_the_head_adds_is_held_to_the_bases_budgets():
    """A new image brings no budget of its own: those of the base apply to it."""
    added = '[[image]]\nname = "web"\ndockerfile = "web/Dockerfile"\nbudget.max-size = "900 MB"\n'

    config = read(BASE, BASE + added)

    assert [image.name for image in config.images] == ["api", "web"]
    assert limits(config, "web") == ["100 MB"]
    assert config.notes == (
        'This change would change max-size of "web" from none to 900 MB; the base\'s holds.',
        'This change declares image "web"; its budgets are those that the base has for it.',
    )


def test_platform__that_the_head_takes_away_is_measured_all_the_same():
    """An image on a platform is an image of its own."""
    both = BASE + 'platforms = ["linux/amd64", "linux/arm64"]\n'

    config = read(both, BASE + 'platforms = ["linux/amd64"]\n')

    assert [str(image.platform) for image in config.images] == ["linux/amd64", "linux/arm64"]
    assert config.notes == ('This change no longer declares image "api" on linux/arm64; it is measured all the same.',)


def test_secrets_and_network__come_from_the_base_alone():
    """The head could hand the runner's secrets to code that nobody has reviewed."""
    greedy = 'secrets = ["id=t,env=TOKEN"]\nnetwork = "host"\n'
    new = '[[image]]\nname = "web"\n'

    config = read(BASE + 'secrets = ["id=npm,env=NPM"]\n', BASE + greedy + new + greedy)

    assert [(image.secrets, image.network) for image in config.images] == [(("id=npm,env=NPM",), ""), ((), "")]
    assert config.notes == (
        'This change gives image "api" other secrets (deadweight.toml:4); a build gets them once the base has them.',
        'This change gives image "api" another network (deadweight.toml:4); a build gets it once the base has it.',
        'This change declares image "web"; its budgets are those that the base has for it.',
        'This change gives image "web" other secrets (deadweight.toml:8); a build gets them once the base has them.',
        'This change gives image "web" another network (deadweight.toml:8); a build gets it once the base has it.',
    )


DISCOVER = '[discover]\ndockerfiles = ["a/**"]\nexclude = ["a/old/**"]\n'


def test_discovery__by_the_head_may_add_images_and_never_hide_one():
    """A head may look in more places, but leave none out."""
    config = read(DISCOVER, '[discover]\ndockerfiles = ["b/**"]\nexclude = ["**"]\n')

    assert (config.discover, config.exclude) == (("a/**", "b/**"), ())


def test_discovery__with_images_keeps_both():
    """Tables without build keys give found images their budgets; those with one declare an image."""
    text = DISCOVER + '[[image]]\nname = "x"\nbudget.max-size = "1 MB"\n[[image]]\nname = "y"\ntarget = "t"\n'

    config = read(text, text)

    assert [image.name for image in config.images] == ["y"]
    assert limits(config, "x") == ["1 MB"]


def test_glob__that_matches_no_image_is_told():
    """What is written for an image that does not exist would never apply, and nobody would notice."""
    text = BASE + '[[image]]\nname = "svc-*"\nbudget.max-size = "1 MB"\n' + WAIVER.replace("api", "web")

    config = read(text, text)

    assert config.notes == (
        'deadweight.toml:8: "svc-*" matches no image, so this applies to nothing.',
        'deadweight.toml:9: "web" matches no image, so this applies to nothing.',
    )


def test_inputs__choose_how_the_comment_speaks():
    """Comment mode, key and label of the inputs replace those of the file."""
    text = (
        'override-label = "ok"\n[comment]\nmode = "always"\nkey = "a"\ntitle = "T"\nnoise-floor = "10 kB"\nbots = []\n'
    )
    settings = read_settings({"comment": "never", "comment-key": "b", "override-label": "none"})

    plain, chosen = read(text, text), read(text, text, settings)

    assert (plain.comment.mode, plain.comment.key, plain.override_label) == (CommentMode.ALWAYS, "a", "ok")
    assert (chosen.comment.mode, chosen.comment.key, chosen.override_label) == (CommentMode.NEVER, "b", "")
    assert (plain.comment.title, plain.comment.noise_floor_bytes, plain.comment.bots) == ("T", 10_000, ())


def test_inputs__say_what_a_failing_base_means():
    """on-base-failure becomes part of the policy."""
    config = read(BASE, BASE, read_settings({"on-base-failure": "fail"}))

    assert config.policy.on_base_failure is Verdict.FAIL


def test_inputs__may_describe_the_one_image_of_a_configuration_without_any():
    """Budgets from the file, the image from the inputs."""
    text = '[budget]\nmax-size = "1 MB"\n'

    config = read(text, text, read_settings({"context": "api"}))

    assert config.images == config.base_images == (ImageSpec("api", "api/Dockerfile", "api"),)


def test_inputs__that_describe_an_image_beside_declared_ones_are_a_mistake():
    """Two truths about what is built are one too many."""
    with pytest.raises(ConfigError) as caught:
        read(BASE, BASE, read_settings({"file": "Dockerfile"}))

    assert caught.value.problems == (
        "the inputs describe one image, but deadweight.toml at a1b2c3d declares api; use one of both",
    )
