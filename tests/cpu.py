"""Runs code with a limit on its CPU time, for inputs that took minutes before: other work on a machine does not count."""

import subprocess
import sys

CPU_SECONDS = 20


def within_seconds_of_cpu(code: str) -> bool:
    """Tell whether code succeeds within twenty seconds of CPU, of which it needs about one."""
    limited = f"import resource\nresource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))\n{code}"
    return subprocess.run([sys.executable, "-c", limited], check=False).returncode == 0
