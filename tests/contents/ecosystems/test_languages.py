"""Gems, Composer, conda, .NET, crates, jars and pacman."""

import io
import json
import zipfile

from tests.contents.packages.finding import found, found_in, layer

GEMS = "usr/local/bundle"


def jar(files: dict[str, str]) -> bytes:
    """Write a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_gem__home():
    """A gem owns its directory, its specification, its extensions and the archive it was unpacked from."""
    packages = found(
        {
            f"{GEMS}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec": "s",
            f"{GEMS}/gems/nokogiri-1.16.0-x86_64-linux/lib/n.rb": "n" * 100,
            f"{GEMS}/cache/nokogiri-1.16.0-x86_64-linux.gem": "z" * 40,
            f"{GEMS}/specifications/puma-6.4.0.gemspec": "s",
            f"{GEMS}/gems/puma-6.4.0/lib/p.rb": "p" * 10,
            f"{GEMS}/gems/puma-6.4.0/puma.gemspec": "not a home",
            f"{GEMS}/extensions/x86_64-linux/3.2.0/puma-6.4.0/gem.build_complete": "",
            f"{GEMS}/extensions/x86_64-linux/3.2.0/puma-6.4.0/puma.so": "e" * 5,
        }
    )

    assert {name: (one.version, one.unpacked_bytes) for name, one in packages.items()} == {
        "nokogiri": ("1.16.0", 141),
        "puma": ("6.4.0", 26),
    }


def test_composer__dev_packages():
    """Composer 2 tells where a package lies and which are for development."""
    record = {
        "packages": [
            {"name": "psr/log", "version": "3.0.0", "install-path": "../psr/log"},
            {"name": "phpunit/phpunit", "version": "11.0", "install-path": "../phpunit/phpunit"},
        ],
        "dev-package-names": ["phpunit/phpunit"],
    }
    packages = found(
        {
            "app/vendor/composer/installed.json": json.dumps(record),
            "app/vendor/psr/log/a.php": "a" * 10,
            "app/vendor/phpunit/phpunit/b.php": "b" * 20,
            "app/vendor/autoload.php": "nobody's",
        }
    )

    assert {name: (one.unpacked_bytes, one.dev) for name, one in packages.items()} == {
        "psr/log": (10, False),
        "phpunit/phpunit": (20, True),
    }


def test_composer__first_version():
    """Composer 1 wrote a plain list."""
    packages = found(
        {
            "vendor/composer/installed.json": '[{"name": "psr/log", "version": "1.0"}, 7]',
            "vendor/psr/log/a.php": "a" * 10,
        }
    )

    assert packages["psr/log"].unpacked_bytes == 10


def test_conda__environment():
    """A conda package owns what it linked into its environment, Python metadata included."""
    record = {
        "name": "numpy",
        "version": "1.26.4",
        "files": ["lib/python3.12/site-packages/numpy-1.26.4.dist-info/RECORD", "lib/libx.so"],
    }
    packages = found(
        {
            "opt/conda/conda-meta/numpy-1.26.4-py312.json": json.dumps(record),
            "opt/conda/lib/libx.so": "x" * 90,
            "opt/conda/lib/python3.12/site-packages/numpy-1.26.4.dist-info/RECORD": "",
        }
    )

    assert packages.keys() == {"numpy"}
    assert (packages["numpy"].ecosystem, packages["numpy"].unpacked_bytes) == ("conda", 90 + len(json.dumps(record)))


def test_nuget__published_application():
    """A library owns its flattened assemblies, its satellites by language and its native assets by runtime."""
    targets = {
        ".NETCoreApp,Version=v8.0": {
            "app/1.0.0": {"runtime": {"app.dll": {}}},
            "Newtonsoft.Json/13.0.3": {
                "runtime": {"lib/net6.0/Newtonsoft.Json.dll": {}},
                "resources": {"lib/net6.0/de/N.resources.dll": {"locale": "de"}},
                "runtimeTargets": {"runtimes/linux-x64/native/libn.so": {"rid": "linux-x64"}},
            },
        }
    }
    packages = found(
        {
            "app/app.deps.json": json.dumps({"targets": targets}),
            "app/app.dll": "a" * 10,
            "app/Newtonsoft.Json.dll": "n" * 700,
            "app/de/N.resources.dll": "d" * 30,
            "app/runtimes/linux-x64/native/libn.so": "l" * 9,
        }
    )

    assert {name: (one.version, one.unpacked_bytes) for name, one in packages.items()} == {
        "app": ("1.0.0", 10),
        "Newtonsoft.Json": ("13.0.3", 739),
    }


def test_cargo__registry():
    """Unpacked crates are found by the names of their directories."""
    index = "usr/local/cargo/registry/src/index.example.org-0123"
    packages = found({f"{index}/serde-json-1.0.100/Cargo.toml": "x", f"{index}/serde-json-1.0.100/src/lib.rs": "lib"})

    assert (packages["serde-json"].version, packages["serde-json"].unpacked_bytes) == ("1.0.100", 4)


def test_java__file_name():
    """The usual file name tells name and version."""
    packages = found({"app/lib/spring-core-6.1.2.jar": "j" * 30, "app/lib/guava-33.0.0-jre.jar": "g" * 20})

    assert {name: one.version for name, one in packages.items()} == {"spring-core": "6.1.2", "guava": "33.0.0-jre"}


def test_java__opened():
    """A jar without a version in its name is opened for its pom, or for its manifest where it bundles several."""
    pom = "META-INF/maven/org.example/{0}/pom.properties"
    packages = found(
        {
            "app/app.jar": jar({pom.format("shop"): "artifactId=shop\nversion=2.5\n"}),
            "app/fat.war": jar(
                {
                    pom.format("a"): "artifactId=a\nversion=1\n",
                    pom.format("b"): "artifactId=b\nversion=1\n",
                    "META-INF/MANIFEST.MF": "Implementation-Title: fat-app\r\nImplementation-Version: 7\r\n",
                }
            ),
            "app/plain.ear": "no zip at all",
        }
    )

    assert {name: one.version for name, one in packages.items()} == {"shop": "2.5", "fat-app": "7", "plain": ""}


def test_java__jar_inside_a_gem():
    """Whoever delivered a file owns it: a jar inside a gem is the gem's."""
    packages = found(
        {f"{GEMS}/specifications/jruby-9.4.gemspec": "s", f"{GEMS}/gems/jruby-9.4/lib/bcprov-1.70.jar": "j" * 50}
    )

    assert {name: one.unpacked_bytes for name, one in packages.items()} == {"jruby": 51}


def test_pacman__local_database():
    """A pacman package's name and version are in its directory's name, its files in a list."""
    packages = found(
        {
            "var/lib/pacman/local/zlib-ng-1:2.1-3/files": "%FILES%\nusr/\nusr/lib/libz.so\n\n%BACKUP%\netc/z.conf\tabc\n",
            "usr/lib/libz.so": "z" * 60,
        }
    )

    assert (packages["zlib-ng"].version, packages["zlib-ng"].unpacked_bytes) == ("1:2.1-3", 60)


def test_records__that_are_no_json():
    """Every broken record is said once, by ecosystem, and stops nothing."""
    files = {
        "opt/conda/conda-meta/a-1.json": "{",
        "opt/conda/conda-meta/b-1.json": "[1]",
        "app/app.deps.json": "[" * 100_000,
        "vendor/composer/installed.json": "null",
        "app/lib/guava-33.0.0.jar": "g" * 20,
    }

    packages, notes = found_in(layer(files))

    assert [package.name for package in packages] == ["guava"]
    assert notes == (
        "A conda record could not be read: its package is shown as paths.",
        "A .NET dependency manifest could not be read: its libraries are shown as paths.",
        "A Composer record could not be read: its packages are shown as paths.",
    )
