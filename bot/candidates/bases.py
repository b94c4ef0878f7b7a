"""The images to move to: slim variants of a family, and what the distroless images are made of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_DISTROLESS: Final = "gcr.io/distroless/"
_REFERENCE: Final = re.compile(r"(?:docker\.io/)?(?:library/)?(?P<name>[a-z0-9][a-z0-9._/-]*)(?::(?P<tag>[\w.-]+))?")
_SUITE: Final = r"(?:bookworm|bullseye|trixie|buster|forky)"
_SMALL: Final = re.compile(r"slim|alpine|windowsservercore|nanoserver|distroless|chiseled|jre|runtime")
_FULL: Final = frozenset({"python", "node", "ruby", "perl", "rust", "haskell", "pypy", "swift", "erlang", "elixir"})
_RELEASES: Final = {"bullseye": "12", "bookworm": "12", "trixie": "13", "jammy": "12", "focal": "12", "noble": "13"}


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


_OF_STATIC: Final = frozenset({"base-files", "netbase", "tzdata", "tzdata-legacy", "media-types", "ca-certificates"})
_OF_NO_SSL: Final = _OF_STATIC | {"libc6", "libc-bin"}
_OF_BASE: Final = _OF_NO_SSL | {"libssl3", "libssl3t64"}
_OF_BASE_13: Final = _OF_BASE | {"zlib1g", "libzstd1"}
_OF_CC: Final = frozenset({"libgcc-s1", "libstdc++6", "libgomp1"})
_OF_PYTHON: Final = _names(
    "python3 python3-minimal python3.11 python3.11-minimal python3.13 python3.13-minimal libpython3-stdlib",
    "libpython3.11-minimal libpython3.11-stdlib libpython3.13-minimal libpython3.13-stdlib libbz2-1.0 libdb5.3",
    "libdb5.3t64 libexpat1 libffi8 liblzma5 libncursesw6 libreadline8 libreadline8t64 libsqlite3-0 libtinfo6",
    "libuuid1 zlib1g libnsl2 libtirpc3 libcrypt1 libcom-err2 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3",
    "libkrb5support0",
)
_OF_ALPINE: Final = _names("musl musl-utils busybox alpine-baselayout zlib libcrypto3 libssl3 alpine-keys apk-tools")
_PLAIN: Final = _names(
    "debian ubuntu alpine buildpack-deps golang gcc php maven gradle openjdk eclipse-temurin clojure"
)
_NODES: Final = frozenset({"18", "20", "22", "24", "26"})
_JAVAS: Final = frozenset({"11", "17", "21", "25"})

_OF_DEBIAN_SLIM: Final = _names(
    "adduser apt base-files base-passwd bash bsdutils coreutils dash debconf debian-archive-keyring debianutils",
    "diffutils dpkg e2fsprogs findutils gcc-12-base gcc-14-base gpgv grep gzip hostname init-system-helpers libacl1",
    "libapt-pkg6.0 libapt-pkg7.0 libattr1 libaudit-common libaudit1 libblkid1 libbz2-1.0 libc-bin libc6 libcap-ng0",
    "libcap2 libcom-err2 libcrypt1 libdb5.3 libdb5.3t64 libdebconfclient0 libext2fs2 libffi8 libgcc-s1 libgcrypt20",
    "libgmp10 libgnutls30 libgnutls30t64 libgpg-error0 libhogweed6 libhogweed6t64 libidn2-0 liblz4-1 liblzma5 libmd0",
    "libmount1 libnettle8 libnettle8t64 libp11-kit0 libpam-modules libpam-modules-bin libpam-runtime libpam0g",
    "libpcre2-8-0 libseccomp2 libselinux1 libsemanage-common libsemanage2 libsepol2 libsmartcols1 libss2 libstdc++6",
    "libsystemd0 libtasn1-6 libtinfo6 libudev1 libunistring2 libunistring5 libuuid1 libxxhash0 libzstd1 login logsave",
    "mawk mount ncurses-base ncurses-bin passwd perl-base sed sysvinit-utils tar tzdata usr-is-merged util-linux",
    "util-linux-extra zlib1g libssl3t64 openssl-provider-legacy sqv login.defs",
)
"""The packages of ``debian:*-slim``, over the releases that are in use."""


@dataclass(frozen=True, slots=True)
class Base:
    """An image to start from.

    ``provides`` are packages whose files it has. ``same_family`` says that it has what the image's own base has:
    variables, entry point, users and the language. ``program`` is where a language image has its interpreter.
    """

    reference: str
    provides: frozenset[str] = frozenset()
    same_family: bool = False
    program: str = ""
    packager: str = ""
    """``apt``, ``apk``, or nothing where no package can be named."""


def distroless(kind: str, release: Mapping[str, str], *, nonroot: bool) -> Base | None:
    """Choose the distroless image of a kind for what was built on a release; ``None`` if there is none."""
    suffix = _RELEASES.get(release.get("VERSION_CODENAME", ""), "12" if kind == "static" else "")
    if not suffix:
        return None
    packages = {
        "static": _OF_STATIC,
        "base-nossl": _OF_NO_SSL,
        "base": _OF_BASE_13 if suffix == "13" else _OF_BASE,
        "cc": (_OF_BASE_13 if suffix == "13" else _OF_BASE) | _OF_CC,
    }
    provides = packages.get(kind, packages["cc"] | (_OF_PYTHON if kind == "python3" else frozenset()))
    reference = f"{_DISTROLESS}{kind}-debian{suffix}" + (":nonroot" if nonroot else "")
    return Base(reference, provides, program=_program_of(kind))


def language_kind(language: str, version: str, release: Mapping[str, str]) -> str:
    """Name the distroless kind that has a language in just this version (``3.11``, ``20``); empty for none."""
    suffix = _RELEASES.get(release.get("VERSION_CODENAME", ""), "")
    if language == "python":
        return "python3" if (version, suffix) in {("3.11", "12"), ("3.13", "13")} else ""
    if language == "node":
        return f"nodejs{version}" if version in _NODES else ""
    if language == "java":
        return f"java{version}" if version in _JAVAS else ""
    return ""


def slim_bases(reference: str, release: Mapping[str, str]) -> Iterator[Base]:
    """Yield smaller images of the same distribution: the family's own, then the distribution's without its language.

    ``reference`` is what FROM names, variables expanded.
    """
    match = _REFERENCE.fullmatch(reference.partition("@")[0])
    packager = {"debian": "apt", "ubuntu": "apt", "alpine": "apk"}.get(release.get("ID", ""), "")
    provides = _OF_ALPINE if packager == "apk" else _OF_DEBIAN_SLIM
    family = _slim_of(match["name"], match["tag"] or "", release) if match else ""
    if family:
        yield Base(family, provides, same_family=True, packager=packager)
    if match and _SMALL.search(match["tag"] or "") and packager:
        yield Base(reference, provides, same_family=True, packager=packager)
    plain = _distribution(release)
    if plain:
        yield Base(plain, provides, packager=packager)


def is_plain(reference: str) -> bool:
    """Tell whether an image is a distribution's or a language's, and no server that somebody packed otherwise."""
    match = _REFERENCE.fullmatch(reference.partition("@")[0])
    return match is not None and match["name"] in _FULL | _PLAIN


def _distribution(release: Mapping[str, str]) -> str:
    """Name the smallest image of the distribution itself; empty where none is known."""
    codename, version = release.get("VERSION_CODENAME", ""), release.get("VERSION_ID", "")
    match release.get("ID", ""):
        case "debian" if re.fullmatch(_SUITE, codename):
            return f"debian:{codename}-slim"
        case "ubuntu" if re.fullmatch(r"\d\d\.\d\d", version):
            return f"ubuntu:{version}"
        case "alpine" if re.match(r"\d+\.\d+", version):
            return f"alpine:{'.'.join(version.split('.')[:2])}"
        case _:
            return ""


def _program_of(kind: str) -> str:
    if kind.startswith("nodejs"):
        return "/nodejs/bin/node"
    if kind.startswith("java"):
        return "/usr/bin/java"
    return "/usr/bin/python3" if kind == "python3" else ""


def _slim_of(name: str, tag: str, release: Mapping[str, str]) -> str:
    """Name the slim variant of a full image; empty where it has none, or is slim already."""
    if name in {"eclipse-temurin", "amazoncorretto", "ibm-semeru-runtimes", "azul/zulu-openjdk"} and "jdk" in tag:
        return f"{name}:{tag.replace('jdk', 'jre')}"
    if name.startswith("nvidia/cuda") and "devel" in tag:
        return f"{name}:{tag.replace('devel', 'runtime')}"
    if name in {"maven", "gradle"}:
        return _jre_of(tag, release)
    if name == "mcr.microsoft.com/dotnet/sdk" and tag:
        return f"mcr.microsoft.com/dotnet/aspnet:{tag}"
    if name not in _FULL or _SMALL.search(tag):
        return ""
    suite = re.search(f"-({_SUITE})$", tag)
    if suite:
        return f"{name}:{tag[: suite.start()]}-slim-{suite[1]}"
    return f"{name}:{tag}-slim" if tag and tag != "latest" else f"{name}:slim"


def _jre_of(tag: str, release: Mapping[str, str]) -> str:
    """Name the run-time image below a build image of Maven or Gradle, which are made on Temurin by default."""
    found = re.search(r"(?:eclipse-temurin|temurin|jdk)-?(\d+)", tag)
    codename = release.get("VERSION_CODENAME", "")
    return f"eclipse-temurin:{found[1]}-jre-{codename}" if found and codename in {"jammy", "noble", "focal"} else ""
