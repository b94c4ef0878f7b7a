"""multi-stage-cuda: the final stage starts from a CUDA image for development."""

from collections.abc import Iterator
from dataclasses import replace

from bot.dockerfile import Dockerfile
from bot.dockerfile.edits import replace_base
from bot.model.advice import Finding
from bot.rules.kit.base_variants import cuda_runtime
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import NOTHING_PROPOSED, ProposedEdits, suspected
from bot.rules.kit.multi_stage import BuildStage, find_toolchain, wording_of
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import final_scripts, purpose, started_by, starts_any
from bot.rules.kit.toolchains import CUDA


def propose(evidence: Evidence) -> ProposedEdits:
    """Start from the runtime variant, where the final stage compiles nothing."""
    stage, dockerfile = evidence.stage, evidence.dockerfile
    if stage is None or dockerfile is None or stage.base != stage.base_expanded:
        return NOTHING_PROPOSED
    compiles = any(
        starts_any(one, CUDA.builders) for found in final_scripts(dockerfile, stage) for one in found.commands
    )
    edit = replace_base(stage, cuda_runtime(stage.base)) if cuda_runtime(stage.base) and not compiles else None
    return ProposedEdits((edit,)) if edit else NOTHING_PROPOSED


SPEC = BuildStage(
    id="multi-stage-cuda",
    title="CUDA development image as final base",
    sentence="The image ships CUDA's compiler, headers and static libraries",
    advice="Start the last stage from the runtime tag of the same CUDA version and COPY --from the build what it "
    "made. Keep the development image where kernels are compiled at run time.",
    toolchain=CUDA,
    swaps_base=True,
    needs_build=False,
    propose=propose,
)
_COMPILES_AT_RUN_TIME = tuple(
    f"**/*-packages/{name}/**" for name in ("triton", "deepspeed", "vllm", "cupy", "flashinfer", "tensorrt_llm")
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim the development parts, unless a library is there that compiles kernels at run time."""
    if not evidence.files.matching(*_COMPILES_AT_RUN_TIME):
        yield from find_toolchain(SPEC, evidence)


def suspect(dockerfile: Dockerfile) -> Iterator[Finding]:
    """Suspect a final stage that starts from a CUDA development image and starts a program."""
    stage = dockerfile.final_stage
    likely = purpose(started_by(dockerfile), dockerfile, stage)
    if "cuda" in stage.base_expanded and "devel" in stage.base_expanded and likely:
        words = wording_of(SPEC)
        yield suspected(replace(words, confidence=words.confidence * likely), stage.origin)


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
