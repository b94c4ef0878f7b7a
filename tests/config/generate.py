"""The files that are made from the tables in the code: ``python -m tests.config.generate`` writes them anew."""

import json
import pathlib
import re
import sys

from bot.config.action_inputs import action_inputs_yaml, action_outputs_yaml, markdown_table, outputs_markdown_table
from bot.config.keys import json_schema, keys_markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION = "action.yml"
CONFIGURATION = "docs/configuration.md"
SCHEMA = "docs/deadweight.schema.json"
FILES = (CONFIGURATION, SCHEMA, ACTION)


def generated(root: pathlib.Path, path: str) -> str:
    """Return a generated file as it should be, made from the file as it is."""
    if path == SCHEMA:
        return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    text = (root / path).read_text(encoding="utf-8")
    if path == ACTION:
        return _with_block(_with_block(text, action_inputs_yaml()), action_outputs_yaml())
    parts = {"keys": keys_markdown(), "inputs": markdown_table(), "outputs": outputs_markdown_table()}
    return _with_parts(text, parts)


def _with_block(yaml: str, block: str) -> str:
    """Replace a top-level key of a YAML file with everything below it."""
    key = block.partition(":")[0]
    return re.sub(rf"^{key}:\n(?:[ #].*\n)*", lambda _: block, yaml, count=1, flags=re.MULTILINE)


def _with_parts(page: str, parts: dict[str, str]) -> str:
    """Replace what stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``."""
    for name, text in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        page = re.sub(f"{begin}.*?{end}", lambda _, part=f"{begin}\n{text}{end}": part, page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    for name in FILES:
        (ROOT / name).write_text(generated(ROOT, name), encoding="utf-8")
        sys.stdout.write(f"wrote {name}\n")
