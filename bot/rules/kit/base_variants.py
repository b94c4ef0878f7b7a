"""References of base images → the smaller variant of the same image that its maker publishes."""

import re

_OFFICIAL = r"(?:docker\.io/)?(?:library/)?"
_HAS_SLIM = re.compile(rf"({_OFFICIAL}(?:python|node|ruby|perl|pypy)):([\w.-]+)")
_RELEASE = r"bookworm|bullseye|trixie|buster|forky"
_FULL_TAG = re.compile(rf"(?:\d+(?:\.\d+)*(?:-rc\d*)?|latest|lts|current|[a-z]+)(?:-(?:{_RELEASE}))?")
_TEMURIN = re.compile(rf"({_OFFICIAL}eclipse-temurin):(\d[\w.+]*?)(-jdk)?(-[a-z][\w.-]*)?")
_JAVA_BUILDER = re.compile(rf"{_OFFICIAL}(?:maven|gradle):[\w.-]*?(?:temurin-|jdk-?|openjdk-)(\d+)[\w.-]*")
_OPENJDK = re.compile(rf"{_OFFICIAL}openjdk:(\d+)[\w.-]*")
_DOTNET = re.compile(r"(mcr\.microsoft\.com/dotnet)/(?:nightly/)?sdk:([\w.-]+)")
_CUDA = re.compile(r"((?:docker\.io/)?nvidia/cuda):([\w.-]*?)-?(?:cudnn\d*-)?devel(-[\w.-]+)?")


def slim(reference: str) -> str:
    """Name the slim variant of a full language image, of the same version; empty if there is none."""
    match = _HAS_SLIM.fullmatch(reference if ":" in reference else f"{reference}:latest")
    if match is None or not _FULL_TAG.fullmatch(match[2]) or match[2] == "slim":
        return ""
    if match[1].endswith(("node", "pypy")):
        return f"{match[1]}:{'slim' if match[2] == 'latest' else f'{match[2]}-slim'}"
    release = re.search(rf"-({_RELEASE})$", match[2])
    version = match[2][: release.start()] if release else match[2]
    return f"{match[1]}:{'slim' if version == 'latest' else f'{version}-slim'}{release[0] if release else ''}"


def jre(reference: str) -> str:
    """Name the image with the runtime alone of the same Java version; empty where none is known."""
    match = _TEMURIN.fullmatch(reference)
    if match:
        return "" if match[4] and "jre" in match[4] else f"{match[1]}:{match[2]}-jre{match[4] or ''}"
    builder = _JAVA_BUILDER.fullmatch(reference) or _OPENJDK.fullmatch(reference)
    small = any(word in reference for word in ("alpine", "jre", "windowsservercore", "nanoserver"))
    return f"eclipse-temurin:{builder[1]}-jre" if builder and not small else ""


def aspnet(reference: str) -> str:
    """Name the runtime image for an SDK of .NET; empty for another image. It has what plain programs need as well."""
    match = _DOTNET.fullmatch(reference)
    return f"{match[1]}/aspnet:{match[2]}" if match else ""


def cuda_runtime(reference: str) -> str:
    """Name the runtime variant of a CUDA image for development; empty for another image."""
    return reference.replace("devel", "runtime") if _CUDA.fullmatch(reference) else ""
