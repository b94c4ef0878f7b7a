"""The ways of a layer's bytes, of a budget and of a finding through a tree, seen while its program runs.

Two small images are made once and compared by the tree's own command line, under a profiler that notes which module
calls which. A way is what runs below the modules that it starts with; a *return* is a call from one of its modules to
one that had been entered earlier, by which a reader has to go back; the vocabulary (``model``, ``errors``, ``units``)
does not count. All rules count as one module, and all package readers: whoever follows a way needs one of them.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from bot.contents import ecosystems
from tests.pictures import docker_archive, picture

STARTS = {
    "a layer's bytes": ("stages/measure", "stages/diff", "stages/explain"),
    "a budget": ("config/", "stages/judge"),
    "a finding": ("stages/advise",),
}

_PROFILER = """
import json, os, runpy, sys, threading
place, starts, readers = sys.argv[1] + "/bot/", *map(json.loads, sys.argv[2:4])
ways = {name: ([], set()) for name in starts}
lock = threading.RLock()

def module_of(code, names={}):
    path = code.co_filename
    if path not in names:
        name = path.removeprefix(place).removesuffix(".py") if path.startswith(place) else None
        if name and "\\nRULE = " in open(path).read():
            name = "a rule"
        elif name and name.rpartition("/")[2] in readers:
            name = "a package reader"
        elif name and name.startswith(("model/", "errors", "units")):
            name = None
        names[path] = name
    return names[path] if code.co_name != "<module>" else None

def profiler():
    stack = []
    def profile(frame, event, _):
        if event == "call":
            stack.append(module_of(frame.f_code))
            if stack[-1]:
                note(stack)
        elif event == "return" and stack:
            stack.pop()
    return profile

def note(stack):
    callers = [name for name in stack[:-1] if name]
    for name, (entered, edges) in ways.items():
        if any(one.startswith(tuple(starts[name])) for one in (*callers, stack[-1])):
            with lock:
                if stack[-1] not in entered:
                    entered.append(stack[-1])
                if callers and callers[-1] in entered and callers[-1] != stack[-1]:
                    edges.add((callers[-1], stack[-1]))

class Left(BaseException):
    pass

def leave(code):
    raise Left

os._exit = leave
sys.argv = ["deadweight", *sys.argv[4:]]
threading.setprofile(lambda *event: sys.setprofile(profiler()))
sys.setprofile(profiler())
try:
    runpy.run_module("bot", run_name="__main__")
except (Left, SystemExit):
    pass
sys.setprofile(None)
for name, (entered, edges) in ways.items():
    back = sum(entered.index(into) < entered.index(out) for out, into in edges)
    ways[name] = (len(entered), back)
sys.stderr.write("\\n" + json.dumps(ways))
"""

BASE = """
usr/bin/app 1000000 mode=0755
var/lib/dpkg/status = Package: base
"""
HEAD = """
usr/bin/app 1500000 mode=0755
var/lib/apt/lists/deb_Packages 20000000
"""


def figures_of_ways(root: pathlib.Path) -> dict[str, str]:
    """Modules and returns on each way, in the words of a table."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / f"{name}.tar" for name in ("base", "head")]
        for path, layers in zip(paths, ((BASE,), (BASE, HEAD)), strict=True):
            path.write_bytes(docker_archive({"app:1": picture(*layers)}))
        named = [f"docker-archive:{path}" for path in paths]
        readers = json.dumps([path.stem for path in pathlib.Path(ecosystems.__file__).parent.glob("[a-z]*.py")])
        program = [sys.executable, "-c", _PROFILER, str(root.resolve()), json.dumps(STARTS), readers]
        ran = subprocess.run(
            [*program, "compare", *named, "--max-growth", "1MB"],
            cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "XDG_CACHE_HOME": folder, "PYTHONPATH": str(root.resolve())},
        )  # fmt: skip
    seen = json.loads(ran.stderr.splitlines()[-1])
    return {f"way of {name}: modules / returns": f"{count} / {back}" for name, (count, back) in seen.items()}
