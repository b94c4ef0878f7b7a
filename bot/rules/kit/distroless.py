"""What keeps an image from a base without a shell, and which one would hold what its program links."""

import re

from bot.model.facts import Runtime
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.scripts import PACKAGE_INSTALLS, SHELLS, final_scripts, starts_any

LIBC = frozenset(
    {"libc", "libm", "libpthread", "libdl", "librt", "libresolv", "libutil", "ld-linux-x86-64", "ld-linux-aarch64"}
)
OPENSSL = frozenset({"libssl", "libcrypto", "libz", "libzstd"})
COMPILER = frozenset({"libgcc_s", "libstdc++", "libgomp"})

_FAMILIES = ("base-nossl", "base", "cc")
DISTROLESS = tuple(f"gcr.io/distroless/{name}-debian12:nonroot" for name in _FAMILIES)
DISTROLESS_STATIC = "gcr.io/distroless/static-debian12"

_IN_DISTROLESS = frozenset({"ca-certificates", "tzdata", "netbase", "media-types", "mime-support", "update"})
_KNOWN_USERS = frozenset({"", "0", "root", "nobody", "nonroot", "65532"})
_STILL_NEEDED = re.compile(
    rb"etc/(?:ssl|passwd|group|nsswitch\.conf|ca-certificates).*|usr/share/(?:zoneinfo|ca-certificates)/.*"
)


def prevents_distroless(evidence: Evidence) -> bool:
    """Tell whether something in the image needs a shell, a tool or a user that a minimal base lacks.

    That is a start command or a health check through a shell or another program, a named user, or a RUN of the final
    stage that made something which the program needs: there it could not be made.
    """
    runtime, config = evidence.runtime, evidence.config
    if runtime is None or runtime.needs_shell or runtime.missing or runtime.program is None:
        return True
    user = config.user.partition(":")[0]
    if not (user.isdigit() or user in _KNOWN_USERS) or evidence.stage is None or _is_made_by_run(evidence, runtime):
        return True
    return _health_check_needs_more(evidence)


def is_distroless(evidence: Evidence) -> bool:
    """Tell whether the image has no shell already."""
    return not any(evidence.lives(f"{place}/{shell}") for place in ("bin", "usr/bin") for shell in SHELLS)


def may_be_opened(path: bytes) -> bool:
    """Tell whether a path is of the kind that programs open without naming it: certificates, time zones, users."""
    return _STILL_NEEDED.fullmatch(path) is not None


def distroless_for(runtime: Runtime) -> str:
    """Choose the smallest distroless image that has every library a program links; empty where none has."""
    family = distroless_family(runtime)
    return f"gcr.io/distroless/{family}-debian12:nonroot" if family else ""


def distroless_family(runtime: Runtime) -> str:
    """Choose among distroless images by the libraries that a program links; empty where none has them all.

    After the package lists of the distroless project: base-nossl has the C library, base adds OpenSSL, zlib and zstd,
    cc adds the compiler's run-time libraries.
    """
    stems = set(map(library_stem, runtime.libraries))
    held = zip(_FAMILIES, (LIBC, LIBC | OPENSSL, LIBC | OPENSSL | COMPILER), strict=True)
    return next((family for family, libraries in held if stems <= libraries), "")


def _is_made_by_run(evidence: Evidence, runtime: Runtime) -> bool:
    """Tell whether a layer that is not copied holds what the program is known to need, or what it may call or open."""
    scripts = final_scripts(evidence.dockerfile, evidence.stage) if evidence.dockerfile else ()
    installs = (one for script in scripts for one in script.commands if starts_any(one, PACKAGE_INSTALLS))
    if any(not _IN_DISTROLESS.issuperset(one.operands[1:]) for one in installs):
        return True
    roots = tuple(root + b"/" for root in runtime.roots if root)
    return any(
        not evidence.copies(one.layer) and (one.path in runtime.files or one.path.startswith(roots))
        for one in evidence.living("**")
    )


def library_stem(name: str) -> str:
    """Return a library's name without its version: ``libz`` for ``libz.so.1``, ``libfmt`` for ``libfmt.so.9``."""
    return re.split(r"\.so\b", name)[0]


def _health_check_needs_more(evidence: Evidence) -> bool:
    check = evidence.config.health_check
    if check is None or check.test[:1] in {(), ("NONE",)}:
        return False
    program = evidence.runtime.argv[0] if evidence.runtime and evidence.runtime.argv else ""
    return check.test[0] != "CMD" or check.test[1:2] != (program,)
