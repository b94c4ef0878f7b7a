import pathlib
import sys

import markdown

target = pathlib.Path(sys.argv[2])
for page in sorted(pathlib.Path(sys.argv[1]).glob("*.md")):
    (target / f"{page.stem}.html").write_text(f"<!DOCTYPE html>\n{markdown.markdown(page.read_text())}\n")
