"""conda-packages: the package store that conda extracts from, next to the environment that it made."""

from bot.rules.kit.residue import Residue, residue_rule

_TOOLS = ("conda", "mamba", "micromamba")

RULE = residue_rule(
    Residue(
        id="conda-packages",
        title="conda's package store",
        sentence="conda kept its package store besides the environment",
        advice="End the same RUN with conda clean -afy. Files that are hard-linked into the environment stay and are "
        "not counted here twice.",
        paths=("opt/conda/pkgs/**", "opt/miniconda*/pkgs/**", "root/miniconda*/pkgs/**", "opt/mamba/pkgs/**"),
        left_by=tuple((tool, *verb) for tool in _TOOLS for verb in (("install",), ("create",), ("env", "create"))),
        cleaned_by=tuple((tool, "clean") for tool in _TOOLS),
        removed=("/pkgs",),
        mounts=("/pkgs",),
        append="conda clean -afy",
    )
)
