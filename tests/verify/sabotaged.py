"""Candidates that look right and are not: for each trap an original, and what was broken on the way to a smaller image.

Each was seen, in this shape or another, in a slimming commit or in a candidate that an earlier prototype made.
"""

from dataclasses import dataclass, field

from bot.model.verify import WebPage


@dataclass(frozen=True)
class Sabotaged:
    """A Dockerfile, its broken successor, and what is asked of both; ``files`` are their context, by path."""

    trap: str
    original: str
    candidate: str
    refused_by: str = ""
    """The check that has to fail."""
    files: dict[str, str] = field(default_factory=dict)
    commands: tuple[tuple[str, ...], ...] = ()
    pages: tuple[WebPage, ...] = ()


_DEBIAN, _BUSYBOX = "FROM debian:bookworm-slim\n", "FROM busybox\n"
_STATIC = "gcr.io/distroless/static:nonroot"
_WEB = "#!/bin/sh\nexec httpd -f -p ${PORT:-8080} -h /www\n"
_SERVER = _BUSYBOX + "COPY . /\nEXPOSE 8080\n"
_SITE = {"serve.sh": _WEB, "www/index.html": "<p>home</p>\n", "www/app.js": "let a;\n"}
_CLOCK = 'ENV TZ=Asia/Tokyo\nCMD ["date", "-d", "@1720000000", "+%Z"]\n'
_HOME = (WebPage(8080, "/"),)

SABOTAGED = (
    Sabotaged(
        "health check without its tool",
        _SERVER + "HEALTHCHECK CMD wget -q -O /dev/null http://localhost:8080/\nCMD /serve.sh\n",
        _SERVER + "RUN rm /bin/wget\nHEALTHCHECK CMD wget -q -O /dev/null http://localhost:8080/\nCMD /serve.sh\n",
        "health check",
        _SITE,
    ),
    Sabotaged(
        "health check lost",
        _SERVER + 'HEALTHCHECK CMD ["wget", "-q", "-O", "/dev/null", "http://localhost:8080/"]\nCMD /serve.sh\n',
        _SERVER + "CMD /serve.sh\n",
        "configuration",
        _SITE,
    ),
    Sabotaged(
        "interpreter of the entry script",
        _DEBIAN + 'WORKDIR /app\nCOPY . .\nENTRYPOINT ["./entrypoint.sh"]\n',
        _BUSYBOX + 'WORKDIR /app\nCOPY . .\nENTRYPOINT ["./entrypoint.sh"]\n',
        "libraries",
        {"entrypoint.sh": "#!/bin/bash\necho started\n"},
    ),
    Sabotaged(
        "folder that its user may not write",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN mkdir data\nCMD ./visit.sh\n",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN mkdir data\nUSER 65532\nCMD ./visit.sh\n",
        "exit",
        {"visit.sh": "#!/bin/sh\necho 1 >data/visits.txt && echo counted\n"},
    ),
    Sabotaged(
        "state that a RUN step made",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN ./shop.sh migrate\nCMD ./shop.sh\n",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nCMD ./shop.sh\n",
        "opened files",
        {"shop.sh": '#!/bin/sh\nif [ "$1" = migrate ]; then echo three >shop.db; fi\ncat shop.db\n'},
    ),
    Sabotaged(
        "library that a program links",
        _DEBIAN + 'COPY . /\nCMD ["bash", "-c", "echo works"]\n',
        _DEBIAN + 'COPY . /\nRUN rm /lib/*/libtinfo.so.6*\nCMD ["bash", "-c", "echo works"]\n',
        "exit",
    ),
    Sabotaged(
        "loader of a program",
        _DEBIAN + 'RUN cp /usr/bin/perl /usr/local/bin/tool\nENTRYPOINT ["tool", "-e", "print \'works\'"]\n',
        f"{_DEBIAN}FROM busybox\nCOPY --from=0 /usr/bin/perl /usr/local/bin/tool\n"
        'ENV PATH=/usr/local/bin:/bin\nENTRYPOINT ["tool", "-e", "print \'works\'"]\n',
        "libraries",
    ),
    Sabotaged(
        "locale",
        _DEBIAN + 'ENV LC_ALL=C.UTF-8\nCOPY . /\nCMD ["bash", "/length.sh"]\n',
        _DEBIAN + 'COPY . /\nCMD ["bash", "/length.sh"]\n',
        "environment",
        {"length.sh": "word=größe\necho ${#word} letters\n"},
    ),
    Sabotaged(
        "configuration outside of what was built",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN cp -r src dist\nCMD sh dist/main.sh\n",
        f"{_BUSYBOX}WORKDIR /app\nCOPY . .\nRUN cp -r src dist\n{_BUSYBOX}WORKDIR /app\n"
        "COPY --from=0 /app/dist dist\nCMD sh dist/main.sh\n",
        "opened files",
        {"src/main.sh": "cat config/words.json\n", "config/words.json": '["hello"]\n'},
    ),
    Sabotaged(
        "what the start script says",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nCMD sh start.sh\n",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nCMD sh server.sh\n",
        "output",
        {"start.sh": "echo '> app@1.2.3 start'\nexec sh server.sh\n", "server.sh": "echo ready\n"},
    ),
    Sabotaged(
        "default of the base image",
        _DEBIAN + "COPY . /\nCMD sh /where.sh\n",
        _BUSYBOX + "COPY . /\nCMD sh /where.sh\n",
        "output",
        {"where.sh": "echo ${SHELL:-none} $(head -c 40 /etc/debian_version)\n"},
    ),
    Sabotaged(
        "chown at the start",
        _SERVER + "RUN mkdir /state\nCMD sh /owned.sh\n",
        _SERVER + "RUN mkdir /state && chown 65532 /state\nUSER 65532\nCMD sh /owned.sh\n",
        "exit",
        {**_SITE, "owned.sh": "set -e\nchown 33 /state\nexec sh /serve.sh\n"},
    ),
    Sabotaged(
        "file relative to the working directory",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nCMD sh /app/read.sh\n",
        _BUSYBOX + "COPY . /app\nCMD sh /app/read.sh\n",
        "configuration",
        {"read.sh": "cat data.txt\n", "data.txt": "data\n"},
    ),
    Sabotaged(
        "second program that the first one calls",
        _BUSYBOX + "COPY . /usr/local/bin/\nENV PATH=/usr/local/bin:/bin\nCMD first\n",
        _BUSYBOX + "COPY first /usr/local/bin/\nENV PATH=/usr/local/bin:/bin\nCMD first\n",
        "opened files",
        {"first": "#!/bin/sh\nsecond one\n", "second": '#!/bin/sh\necho rendered "$@"\n'},
    ),
    Sabotaged(
        "search path of the base image",
        _BUSYBOX + 'ENV PATH=/go/bin:/bin\nCOPY app /go/bin/\nCMD ["app"]\n',
        _BUSYBOX + 'COPY app /go/bin/\nCMD ["app"]\n',
        "program",
        {"app": "#!/bin/sh\necho hello\n"},
    ),
    Sabotaged(
        "time zones",
        f"{_BUSYBOX}COPY --from={_STATIC} /usr/share/zoneinfo /usr/share/zoneinfo\n{_CLOCK}",
        _BUSYBOX + _CLOCK,
        "time zones",
    ),
    Sabotaged(
        "page that another one links",
        _SERVER + "CMD sh /serve.sh\n",
        _BUSYBOX + "COPY serve.sh /\nCOPY www/index.html /www/\nEXPOSE 8080\nCMD sh /serve.sh\n",
        "opened files",
        {**_SITE, "www/index.html": '<script src="app.js"></script>\n'},
        pages=_HOME,
    ),
    Sabotaged(
        "variable that says the port",
        _SERVER + "ENV PORT=8080\nCMD httpd -f -p $PORT -h /www\n",
        _SERVER + "CMD httpd -f -p ${PORT:-80} -h /www\n",
        "environment",
        _SITE,
        pages=_HOME,
    ),
    Sabotaged(
        "failure that is swallowed",
        _BUSYBOX + "COPY . /\nCMD sh /check.sh\n",
        _BUSYBOX + "COPY . /\nCMD sh /check.sh || true\n",
        "exit",
        {"check.sh": 'echo checked\n[ "$1" = right ] || exit 4\n'},
        commands=(("sh", "/check.sh", "right"),),
    ),
    Sabotaged(
        "user that is now root",
        _BUSYBOX + "COPY . /\nUSER 1000\nEXPOSE 8080\nCMD sh /serve.sh\n",
        _BUSYBOX + "COPY . /\nEXPOSE 8080\nCMD sh /serve.sh\n",
        "users",
        _SITE,
    ),
    Sabotaged(
        "name of the user",
        _BUSYBOX + "COPY passwd /etc/\nUSER service\nCMD id -un\n",
        _BUSYBOX + "USER 1000\nCMD id -un\n",
        "opened files",
        {"passwd": "root:x:0:0:root:/:/bin/sh\nservice:x:1000:1000::/:/bin/sh\n"},
    ),
    Sabotaged(
        "temporary folder",
        _BUSYBOX + "USER 1000\nCMD mktemp >/dev/null && echo made\n",
        _BUSYBOX + "RUN chmod 755 /tmp\nUSER 1000\nCMD mktemp >/dev/null && echo made\n",
        "temporary directory",
    ),
    Sabotaged(
        "target of a link",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN ln -s releases/2 current\nCMD cat current/name\n",
        f"{_BUSYBOX}WORKDIR /app\nCOPY . .\nRUN ln -s releases/2 current\n{_BUSYBOX}WORKDIR /app\n"
        "COPY --from=0 /app/current current\nRUN rm -rf current && ln -s releases/2 current\nCMD cat current/name\n",
        "opened files",
        {"releases/2/name": "second\n"},
    ),
    Sabotaged(
        "mode of a script",
        _BUSYBOX + 'COPY . /\nCMD ["/run.sh"]\n',
        _BUSYBOX + 'COPY . /\nRUN chmod 644 /run.sh\nCMD ["/run.sh"]\n',
        "program",
        {"run.sh": "#!/bin/sh\necho runs\n"},
    ),
    Sabotaged(
        "entry point in front of the command",
        _BUSYBOX + 'COPY . /\nENTRYPOINT ["sh", "/entry.sh"]\nCMD ["echo", "served"]\n',
        _BUSYBOX + 'COPY . /\nCMD ["echo", "served"]\n',
        "output",
        {"entry.sh": 'echo prepared\nexec "$@"\n'},
    ),
    Sabotaged(
        "variable that no shell expands any more",
        _BUSYBOX + "ENV NAME=world\nCMD echo hello $NAME\n",
        _BUSYBOX + 'ENV NAME=world\nCMD ["echo", "hello", "$NAME"]\n',
        "output",
    ),
    Sabotaged(
        "plugin that is found by its folder",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nCMD for one in plugins/*; do sh $one; done\n",
        _BUSYBOX + "WORKDIR /app\nCOPY plugins/a.sh plugins/\nCMD for one in plugins/*; do sh $one; done\n",
        "opened files",
        {"plugins/a.sh": "echo a\n", "plugins/b.sh": "echo b\n"},
    ),
    Sabotaged(
        "volume and stop signal",
        _BUSYBOX + "VOLUME /data\nSTOPSIGNAL SIGQUIT\nCMD echo ready\n",
        _BUSYBOX + "RUN mkdir /data\nCMD echo ready\n",
        "configuration",
    ),
    Sabotaged(
        "port that is no longer exposed",
        _SERVER + "CMD sh /serve.sh\n",
        _BUSYBOX + "COPY . /\nCMD sh /serve.sh\n",
        "configuration",
        _SITE,
    ),
    Sabotaged(
        "command that only the smoke test asks",
        _BUSYBOX + "COPY . /opt/\nCMD sh /opt/main.sh\n",
        _BUSYBOX + "COPY main.sh /opt/\nCMD sh /opt/main.sh\n",
        "exit",
        {"main.sh": "echo main\n", "export.sh": "echo exported\n"},
        commands=(("sh", "/opt/export.sh"),),
    ),
)

TOLD = (
    Sabotaged(
        "authorities that nothing asked for in this run",
        f"{_BUSYBOX}COPY --from={_STATIC} /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nCMD echo ready\n",
        _BUSYBOX + "CMD echo ready\n",
        "CA certificates",
    ),
)
"""What nothing in a box can ask for is no refusal, and never silence: the check says that it was not made."""

HONEST = (
    Sabotaged(
        "server with everything it needs",
        _SERVER + "RUN dd if=/dev/zero of=/toolchain bs=1M count=3\nCMD sh /serve.sh\n",
        _SERVER + "CMD sh /serve.sh\n",
        files=_SITE,
        pages=_HOME,
    ),
    Sabotaged(
        "job with its data, in a stage of its own",
        _BUSYBOX + "WORKDIR /app\nCOPY . .\nRUN cp main.sh built.sh && echo rest >built.o\nCMD sh built.sh\n",
        f"{_BUSYBOX}WORKDIR /app\nCOPY . .\nRUN cp main.sh built.sh && echo rest >built.o\n{_BUSYBOX}WORKDIR /app\n"
        "COPY --from=0 /app/built.sh /app/data.txt ./\nCMD sh built.sh\n",
        files={"main.sh": "cat data.txt\n", "data.txt": "data\n"},
        commands=(("cat", "data.txt"),),
    ),
)
"""What must not be refused, or the rest would show nothing."""


def _alike(trap: str, dockerfile: str, files: dict[str, str], *pages: WebPage) -> Sabotaged:
    return Sabotaged(trap, dockerfile, dockerfile, files=files, pages=pages)


MEANINGLESS = (
    _alike("start that fails", _BUSYBOX + "CMD cat /etc/shop/settings\n", {}),
    _alike(
        "page that answers with an error",
        _SERVER + "CMD httpd -f -p 8080 -h /www\n",
        {"www/cgi-bin/index.cgi": "#!/bin/sh\nexit 1\n"},
        WebPage(8080, "/cgi-bin/index.cgi"),
    ),
    _alike("port that nobody listens on", _BUSYBOX + "EXPOSE 8080\nCMD sleep 60\n", {}),
)
"""Originals that do not work in the box: a candidate that fails alike proves nothing."""
