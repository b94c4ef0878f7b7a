"""Packages in node_modules, however they came there."""

import json

from tests.contents.packages.finding import found, found_in, layer

HIDDEN_LOCK = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "node_modules/express": {"version": "4.18.2"},
            "node_modules/express/node_modules/debug": {"version": "2.6.9"},
            "node_modules/@types/node": {"version": "20.1.0", "dev": True},
            "node_modules/local": {"resolved": "packages/local", "link": True},
            "packages/local": {"version": "0.0.1"},
        },
    }
)


def test_npm__hidden_lockfile():
    """The hidden lockfile tells versions and what is for development only; no manifest needs to be read."""
    packages = found(
        {
            "app/node_modules/.package-lock.json": HIDDEN_LOCK,
            "app/node_modules/express/package.json": "not read",
            "app/node_modules/express/index.js": "e" * 100,
            "app/node_modules/express/node_modules/debug/index.js": "d" * 30,
            "app/node_modules/@types/node/index.d.ts": "t" * 70,
            "app/packages/local/index.js": "ours",
            "app/index.js": "ours",
        },
        {"app/node_modules/local": "../packages/local"},
    )

    assert {name: (one.version, one.unpacked_bytes, one.dev) for name, one in packages.items()} == {
        "express": ("4.18.2", 108, False),
        "debug": ("2.6.9", 30, False),
        "@types/node": ("20.1.0", 70, True),
    }


def test_npm__manifests():
    """Without a lockfile the manifests tell, scopes and nesting included; a manifest deeper inside is no package."""
    packages = found(
        {
            "app/node_modules/@babel/core/package.json": '{"name": "@babel/core", "version": "7.1.0"}',
            "app/node_modules/@babel/core/lib/package.json": '{"type": "module"}',
            "app/node_modules/a/package.json": '{"name": "a", "version": "1.0.0"}',
            "app/node_modules/a/node_modules/b/package.json": '{"name": "b", "version": "2.0.0"}',
            "app/node_modules/.cache/x": "nobody's",
            "app/package.json": '{"name": "app", "version": "9.9.9"}',
        }
    )

    assert {name: one.version for name, one in packages.items()} == {"@babel/core": "7.1.0", "a": "1.0.0", "b": "2.0.0"}
    assert len(packages["@babel/core"].paths) == 2


def test_npm__pnpm_store():
    """The store of pnpm says name and version in its directories."""
    store = "app/node_modules/.pnpm"
    packages = found(
        {
            f"{store}/@vue+shared@3.4.0/node_modules/@vue/shared/package.json": "x" * 10,
            f"{store}/vite@5.0.0_@types+node@20.1.0/node_modules/vite/package.json": "x" * 20,
        },
        {"app/node_modules/vite": ".pnpm/vite@5.0.0_@types+node@20.1.0/node_modules/vite"},
    )

    assert {name: (one.version, one.unpacked_bytes) for name, one in packages.items()} == {
        "@vue/shared": ("3.4.0", 10),
        "vite": ("5.0.0", 20),
    }


def test_npm__manifest_that_is_no_json():
    """A broken manifest leaves the directory's name and no version."""
    packages = found({"app/node_modules/a/package.json": "{", "app/node_modules/a/index.js": "aaa"})

    assert (packages["a"].version, packages["a"].unpacked_bytes) == ("", 4)


def test_npm__broken_lockfile():
    """A lockfile that cannot be read is said, and its packages are nobody's."""
    packages, notes = found_in(
        layer({"app/node_modules/.package-lock.json": "[" * 100_000, "app/node_modules/a/package.json": "{}"})
    )

    assert (packages, notes) == ((), ("An npm lockfile could not be read: its packages are shown as paths.",))


def test_yarn__development_is_what_only_dev_dependencies_lead_to():
    """Without a hidden lockfile the project's own package.json tells what is for development, through all that it needs."""
    tree = {
        "app/package.json": json.dumps(
            {"dependencies": {"express": "4"}, "devDependencies": {"jest": "29", "debug": "4"}}
        ),
        "app/node_modules/express/package.json": json.dumps({"name": "express", "dependencies": {"debug": "2"}}),
        "app/node_modules/debug/package.json": json.dumps({"name": "debug"}),
        "app/node_modules/jest/package.json": json.dumps(
            {"name": "jest", "dependencies": {"@jest/core": "1", "debug": "2"}}
        ),
        "app/node_modules/@jest/core/package.json": json.dumps({"name": "@jest/core"}),
        "app/node_modules/left/package.json": json.dumps({"name": "left"}),
    }

    assert {name for name, one in found(tree).items() if one.dev} == {"jest", "@jest/core"}


def test_yarn__workspaces_tell_nothing():
    """Packages of a workspace are hoisted to a project that does not name them: then nothing is called development's."""
    tree = {
        "package.json": json.dumps({"workspaces": ["a"], "devDependencies": {"jest": "29"}}),
        "node_modules/jest/package.json": json.dumps({"name": "jest"}),
    }

    assert not any(one.dev for one in found(tree).values())
