"""torch-cuda: libraries for NVIDIA cards in an image that shows no sign of one."""

from collections.abc import Iterable

from bot.contents.lookup import variable
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.file_index import IndexedFile
from bot.rules.kit.findings import Wording, claiming
from bot.rules.kit.rule import Fix, Group, Rule

ID = "torch-cuda"
WORDING = Wording(
    rule=ID,
    title="The image carries CUDA libraries for Python, and nothing else in it says that there is a graphics card",
    advice="If it runs on processors alone, install from the CPU index of PyTorch (pip install --index-url …/whl/cpu "
    "torch). If it runs on graphics cards, ignore this.",
    confidence=0.4,
    minimum_bytes=50_000_000,
)
PATHS = tuple(
    f"**/{folder}/{path}"
    for folder in ("site-packages", "dist-packages")
    for path in ("nvidia/**", "triton/**", "torch/lib/*cuda*", "torch/lib/*cudnn*", "torch/lib/*nccl*")
)


def find(evidence: Evidence) -> Iterable[IndexedFile]:
    """Claim NVIDIA's wheels and CUDA parts of torch, unless base image or environment ask for a card."""
    if _asks_for_a_card(evidence):
        return ()
    return evidence.living(*PATHS)


def _asks_for_a_card(evidence: Evidence) -> bool:
    base = evidence.head.base_image.lower()
    named = any(word in base for word in ("cuda", "nvidia", "nvcr.io", "rocm", "pytorch"))
    configured = variable(evidence.config, "NVIDIA_VISIBLE_DEVICES") or variable(evidence.config, "CUDA_HOME")
    return named or bool(configured) or bool(evidence.files.matching("usr/local/cuda*/**"))


RULE = Rule(
    id=ID,
    title="CUDA libraries without a graphics card",
    group=Group.RESIDUE,
    fix=Fix.BUILD,
    fires_on="NVIDIA's wheels and torch's CUDA parts are claimed, its CPU parts are not.",
    silent_on="A base image for graphics cards says that there is one.",
    measured=claiming(WORDING, find),
    wordings=(WORDING,),
)
