"""multi-stage-cuda: the final stage starts from a CUDA image for development."""

from collections.abc import Iterator

from bot.dockerfile import Dockerfile
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import suspected
from bot.rules.kit.multi_stage import BuildStage, find_toolchain, wording_of
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import is_application, started_by
from bot.rules.kit.toolchains import CUDA

SPEC = BuildStage(
    id="multi-stage-cuda",
    title="CUDA development image as final base",
    sentence="The image ships CUDA's compiler, headers and static libraries",
    advice="Start the last stage from the runtime tag of the same CUDA version and COPY --from the build what it "
    "made. Keep the development image where kernels are compiled at run time.",
    toolchain=CUDA,
    swaps_base=True,
    needs_build=False,
)
_COMPILES_AT_RUN_TIME = tuple(
    f"**/site-packages/{name}/**" for name in ("triton", "deepspeed", "vllm", "cupy", "flashinfer", "tensorrt_llm")
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the development parts, unless a library is there that compiles kernels at run time."""
    if not evidence.files.matching(*_COMPILES_AT_RUN_TIME):
        yield from find_toolchain(SPEC, evidence)


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a final stage that starts from a CUDA development image and starts a program."""
    base = dockerfile.final_stage.base_expanded
    if "cuda" in base and "devel" in base and is_application(started_by(dockerfile)):
        yield suspected(wording_of(SPEC), dockerfile.final_stage.origin)


RULE = Rule(
    id=SPEC.id,
    title=SPEC.title,
    group=Group.MULTI_STAGE,
    fix=Fix.BUILD,
    fires_on="What the runtime tag of the same version lacks is claimed, shared libraries are not.",
    silent_on="Libraries that compile kernels at run time need the development image.",
    measured=find,
    suspected=suspect,
    wordings=(wording_of(SPEC),),
)
