"""Debian's site module, which is compiled into its Python, knows dist-packages; the official image has site-packages."""

import site
import sys

if sys.prefix == sys.base_prefix:
    sys.path[:] = [path for path in sys.path if not path.endswith("dist-packages")]
    site.addsitedir(f"{sys.prefix}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages")
