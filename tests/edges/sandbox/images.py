"""One small image that does what its environment tells it, so that a test of the box needs no build of its own."""

from __future__ import annotations

import io
import tarfile

import docker

MAIN = r"""#!/bin/sh
# What a container of the image does, by MODE.
case "$MODE" in
web)
    echo "listening"
    exec httpd -f -p "${PORT:-8080}" -h "${FOLDER:-/www}"
    ;;
both) httpd -p 9090 -h /www; exec httpd -f -p 8080 -h /www ;;
local) exec httpd -f -p 127.0.0.1:8080 -h /www ;;
rude) while :; do echo hello | nc -l -p 8080; done ;;
write) echo kept > /data/state; echo scratch > /tmp/scratch; mkdir -p /data/new; echo more > /data/new/file ;;
hungry) exec dd if=/dev/zero of=/dev/null bs=1500M count=1 ;;
greedy) i=0; while [ $i -lt 700 ]; do sleep 9 & i=$((i+1)); done ;;
loud) yes "a line that is repeated" | head -c 3000000; sleep 1 ;;
wait) httpd -p 8080; trap 'echo ended; exit 7' TERM; while :; do sleep 0.1; done ;;
deaf) httpd -p 8080; trap '' TERM; while :; do sleep 0.1; done ;;
endless) while :; do { printf 'HTTP/1.1 200 OK\r\n\r\n'; yes; } | nc -l -p 8080; done ;;
nothing) while :; do sleep 0.1; done ;;
read) cat /www/index.html missing/file; cd /www/deep; cat ../style.css; test -e /www/page.html; exit 5 ;;
*) echo "out"; echo "err" >&2; exit "${CODE:-0}" ;;
esac
"""
PAGE = """<html><head><link href="/style.css" rel="stylesheet"></head><body><a href="page.html">page</a>
<a href="http://elsewhere.example/">elsewhere</a><a href="/gone">gone</a></body></html>
"""
DOCKERFILE = """\
FROM busybox
COPY main /main
COPY www /www
COPY group passwd /etc/
RUN mkdir /data && chown 1000 /data
CMD ["/main"]
"""


def build_image(client: docker.DockerClient, tag: str, more: str = "") -> None:
    """Build the image, with more lines at the end of its Dockerfile."""
    files = {
        "Dockerfile": DOCKERFILE + more,
        "main": MAIN,
        "www/index.html": PAGE,
        "www/style.css": "body {}\n",
        "www/page.html": "<p>page</p>\n",
        "www/deep/file": "deep\n",
        "passwd": "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n",
        "group": "root:x:0:\nuser:x:1000:\n",
    }
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content.encode()), 0o755
            archive.addfile(entry, io.BytesIO(content.encode()))
    context.seek(0)
    client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
