"""static-web-node: Node and node_modules are shipped to serve files that any web server could serve."""

import posixpath
from collections.abc import Iterator

from bot.contents.start_command import read_command
from bot.model.advice import Finding
from bot.rules.kit.evidence import Evidence
from bot.rules.kit.findings import NOTHING_PROPOSED, Wording, measured, stage_lines
from bot.rules.kit.multi_stage_proposal import two_stages
from bot.rules.kit.rule import Fix, Group, Rule
from bot.rules.kit.scripts import is_one_of

ID = "static-web-node"
WORDING = Wording(
    rule=ID,
    title="The image ships Node to serve static files",
    advice="Build in a first stage and COPY --from it the built files into a small web server image such as nginx on "
    "Alpine. Not for pages that are rendered on the server.",
    confidence=0.7,
)
_SERVERS = frozenset({"serve", "http-server", "npx serve", "npx http-server", "vite preview", "live-server"})
_WEB_SERVERS = frozenset({"nginx", "httpd", "apache2", "apache2ctl", "apachectl", "caddy", "lighttpd"})
_NODE = ("usr/local/bin/node", "usr/local/include/node/**", "usr/local/lib/node_modules/**", "**/node_modules/**")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Claim Node and every package where what is started is a server of static files, Node's or another one."""
    started = read_command(evidence.config)
    by_another = posixpath.basename(started.program) in _WEB_SERVERS
    if not by_another and not is_one_of(started, _SERVERS):
        return
    found = [one for one in evidence.files.matching(*_NODE) if one.is_live]
    proposal = two_stages(evidence) if by_another else NOTHING_PROPOSED
    finding = measured(evidence, WORDING, found, stage_lines(evidence), proposal)
    if finding:
        yield finding


RULE = Rule(
    id=ID,
    title="Node as a static web server",
    group=Group.MULTI_STAGE,
    fix=Fix.BUILD,
    fires_on="Node and every package are claimed, the built files are not.",
    silent_on="A program of its own needs Node.",
    measured=find,
    wordings=(WORDING,),
)
