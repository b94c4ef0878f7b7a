"""python-tool-cache: what uv, Poetry and PDM download and keep."""

from bot.rules.kit.residue import Residue, residue_rule

RULE = residue_rule(
    Residue(
        id="python-tool-cache",
        title="Caches of uv, Poetry and PDM",
        sentence="A Python package manager left its download cache in the image",
        advice="Mount the cache (RUN --mount=type=cache,target=/root/.cache), or install with --no-cache.",
        paths=tuple(
            f"{home}/.cache/{tool}/**" for home in ("root", "home/*") for tool in ("uv", "pypoetry", "pdm", "pipenv")
        ),
        left_by=(
            ("uv", "sync"),
            ("uv", "pip", "install"),
            ("uv", "pip", "sync"),
            ("poetry", "install"),
            ("pdm", "install"),
            ("pdm", "sync"),
        ),
        cleaned_by=(("uv", "cache"), ("poetry", "cache"), ("pdm", "cache")),
        removed=(".cache", "POETRY_CACHE_DIR"),
        options=("--no-cache", "-n"),
        variables=("UV_NO_CACHE", "POETRY_NO_CACHE", "POETRY_CACHE_DIR", "UV_CACHE_DIR"),
        mounts=(".cache",),
    )
)
