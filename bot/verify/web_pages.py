"""HTTP: what is sent to a page, how its answer is read, which links it has, and whether two answers are alike."""

import json
import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Final
from urllib.parse import urljoin, urlsplit

from bot.model.verify import Answer, Check, CheckState, Run, WebPage
from bot.verify.normalise import normalised_lines, normalised_together, tokens

MOST_LINKS: Final = 8
MOST_BODY_BYTES: Final = 262_144
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")
_TAG: Final = re.compile(r"<(a|link|script|img|iframe)\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"\b(href|src)\s{0,9}=\s{0,9}(\"[^\"]{0,1000}\"|'[^']{0,1000}'|[^\s\"'>]{1,1000})", re.IGNORECASE
)
_MOST_TAGS: Final = 500
_MOST_CHUNKS: Final = 100_000


def request(page: WebPage) -> bytes:
    """Write the request for a page, as a plain browser without preferences would."""
    path = "".join(one if 0x20 < ord(one) < 0x7F else "%20" if one == " " else "" for one in page.path) or "/"
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost:{page.port}\r\nUser-Agent: deadweight\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


def read_answer(raw: bytes) -> Answer:
    """Read what came back; something that is no HTTP is kept as the body of an answer without status."""
    status = _STATUS.match(raw)
    if status is None:
        return Answer(0, "", raw[:MOST_BODY_BYTES])
    head, separator, body = raw.partition(b"\r\n\r\n")
    if not separator:
        head, _, body = raw.partition(b"\n\n")
    fields = _fields(head)
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = _joined_chunks(body)
    kind = fields.get("content-type", "").partition(";")[0].strip().lower()[:100]
    location = fields.get("location", "")
    return Answer(int(status[1]), kind, (location.encode() + b"\n" if location else b"") + body[:MOST_BODY_BYTES])


def _fields(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines()[1:200])
    return {name.strip().lower(): value.strip() for name, _, value in lines}


def _joined_chunks(body: bytes) -> bytes:
    """Join the chunks of a body; what is garbled ends it."""
    content, at = bytearray(), 0
    for _ in range(_MOST_CHUNKS):
        end = body.find(b"\r\n", at)
        size = re.fullmatch(rb"([0-9a-fA-F]{1,7})(?:;.*)?", body[at:end]) if 0 <= end - at <= 80 else None
        if size is None or not int(size[1], 16):
            break
        start = end + 2
        content += body[start : start + int(size[1], 16)]
        at = start + int(size[1], 16) + 2
    return bytes(content)


def links_of(page: WebPage, answer: Answer) -> tuple[WebPage, ...]:
    """Return the pages of the same host that an HTML page links to, in their order, at most eight."""
    if answer.content_type != "text/html" or answer.status != 200:
        return ()
    tags = islice(_TAG.finditer(answer.body.decode("utf-8", "replace")), _MOST_TAGS)
    found = (_same_host(page, unescape(link)) for tag in tags if (link := _link_of(tag)))
    return tuple(dict.fromkeys(one for one in found if one and one != page))[:MOST_LINKS]


def _link_of(tag: "re.Match[str]") -> str:
    """Return what a tag links to or loads; a parser of the library would refuse what a browser shrugs at."""
    wanted = "href" if tag[1].lower() in {"a", "link"} else "src"
    for match in _ATTRIBUTE.finditer(tag[2]):
        if match[1].lower() == wanted:
            return match[2].strip("\"'")
    return ""


def _same_host(page: WebPage, link: str) -> WebPage | None:
    try:
        url = urlsplit(urljoin(f"http://localhost:{page.port}{page.path}", link))
        port = url.port or 80
    except ValueError:
        return None
    if url.scheme != "http" or url.hostname not in {"localhost", "127.0.0.1"} or port != page.port:
        return None
    return WebPage(port, (url.path or "/") + (f"?{url.query}" if url.query else ""))


def page_that_proves_nothing(run: Run) -> str:
    """Say which page the original refuses or breaks on; empty for none. A link that it breaks on is no promise."""
    for page, answer in run.answers.items():
        if page in run.followed or (answer.status == 0 and answer.body):
            continue
        if answer.status == 0:
            return f"the original does not answer on port {page.port}"
        if answer.status >= 500:
            return f"the original answers {answer.status} on port {page.port}"
    return ""


def compared_pages(one: Run, other: Run, run: Run) -> Iterator[Check]:
    """Compare every page that the original was asked for."""
    for page, answer in one.answers.items():
        again, mine = other.answers.get(page), run.answers.get(page)
        if again is None:
            yield _check(page, CheckState.NOT_MADE, "has a page that was asked for in one run of the original only")
        elif _proves_nothing(answer) or _proves_nothing(again):
            yield _check(page, CheckState.NOT_MADE, "has a page that breaks or is refused in the original")
        elif mine is None:
            state = CheckState.NOT_MADE if page in one.followed else CheckState.FAILED
            yield _check(page, state, "has a page that could not be asked for")
        else:
            yield _compared(page, answer, again, mine)


def _proves_nothing(answer: Answer) -> bool:
    return answer.status >= 500 or (answer.status == 0 and not answer.body)


def _check(page: WebPage, state: CheckState, what: str, detail: str = "") -> Check:
    place = f":{page.port}{page.path[:200]}"
    return Check("page", state, what, f"{place}: {detail}" if detail else place)


def _compared(page: WebPage, one: Answer, other: Answer, mine: Answer) -> Check:
    if one.status != other.status:
        return _check(
            page, CheckState.NOT_MADE, f"has a page that the original answers with {one.status} and {other.status}"
        )
    if mine.status != one.status:
        detail = mine.body[:200].decode("utf-8", "replace")
        return _check(
            page,
            CheckState.FAILED,
            f"answers a page with {mine.status or 'nothing'}, the original with {one.status}",
            detail,
        )
    if one.content_type == other.content_type != mine.content_type:
        return _check(
            page,
            CheckState.FAILED,
            "answers a page with another type",
            f"{mine.content_type} instead of {one.content_type}",
        )
    alike = _alike(one, other, mine)
    if alike is None:
        return _check(
            page, CheckState.NOT_MADE, f"answers a page with {mine.status}, and a body that differs from run to run"
        )
    if alike:
        return _check(page, CheckState.PASSED, f"answers a page alike with {mine.status}")
    return _check(
        page, CheckState.FAILED, f"answers a page with {mine.status} and another body", _difference(one, mine)
    )


def _alike(one: Answer, other: Answer, mine: Answer) -> bool | None:
    """Tell whether a body is alike; ``None`` where the original's own two differ too much to say."""
    if one.body == other.body:
        if one.body == mine.body:
            return True
        if b"\0" in one.body:
            return False
    together = normalised_together(*map(_text, (one, other, mine)))
    first, second, own = (tuple(tokens("\n".join(lines))) for lines in together)
    if first == second:
        return first == own
    if len(first) != len(second) or not first:
        return None
    if len(own) != len(first):
        return False
    return all(word == found for word, again, found in zip(first, second, own, strict=True) if word == again)


def _text(answer: Answer) -> bytes:
    """Return a body, line by line; of a JSON object the order of its keys says nothing."""
    if answer.content_type.endswith("json"):
        try:
            return json.dumps(json.loads(answer.body), sort_keys=True, indent=0).encode("utf-8", "replace")
        except (ValueError, RecursionError):
            pass
    return answer.body


def _difference(one: Answer, mine: Answer) -> str:
    before, after = (normalised_lines(_text(answer), identifiers=True) for answer in (one, mine))
    known, found = frozenset(before), frozenset(after)
    new = next((line for line in after if line not in known), "")
    lost = next((line for line in before if line not in found), "")
    return f"{new[:200]!r} instead of {lost[:200]!r}"
