"""What is sent to a page, how its answer is read, and where its links lead."""

from __future__ import annotations

import pytest

from bot.model.verify import Answer, WebPage
from bot.verify.web_pages import links_of, read_answer, request

ROOT = WebPage(8080, "/")


def test_request__of_a_path_that_tries_to_say_more():
    """Line breaks and characters that no address has cannot add a header or a second request."""
    sent = request(WebPage(8080, "/a b\r\nX-Evil: 1\r\n\r\nGET /é"))

    assert sent.split(b"\r\n")[0] == b"GET /a%20bX-Evil:%201GET%20/ HTTP/1.1"
    assert sent.count(b"\r\n\r\n") == 1
    assert b"X-Evil: 1" not in sent


ANSWERS = {
    "plain": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\nhi", Answer(200, "text/html", b"hi")),
    "old": (b"HTTP/1.0 404 Not Found\r\n\r\n", Answer(404)),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n me\r\n0\r\n\r\n",
        Answer(200, "", b"hi me"),
    ),
    "chunked that breaks off": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhi",
        Answer(200, "", b"hi"),
    ),
    "chunked that is garbled": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi", Answer(200)),
    "redirect": (b"HTTP/1.1 302 Found\r\nLocation: /login\r\n\r\n", Answer(302, "", b"/login\n")),
    "bare line ends": (b"HTTP/1.1 200 OK\nContent-Type: text/plain\n\nhi", Answer(200, "text/plain", b"hi")),
    "not HTTP": (b"-ERR unknown command\r\n", Answer(0, "", b"-ERR unknown command\r\n")),
    "nothing": (b"", Answer(0)),
    "head alone": (b"HTTP/1.1 200 OK\r\n", Answer(200)),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answer__is_read(case: str):
    """An answer is read whatever ends it; what is no HTTP has no status."""
    raw, answer = ANSWERS[case]

    assert read_answer(raw) == answer


def test_links__of_the_same_host_in_their_order():
    """Links and what a page loads are followed on the same port, each once, at most eight, and never elsewhere."""
    body = b"""<a href="b">b</a><a href="/b">again</a><img src="c.png"><a href="https://localhost:8080/x">tls</a>
    <a href="http://localhost:9090/">other port</a><a href="//evil.example/">evil</a><a href="mailto:x">mail</a>
    <a href="http://[broken">broken</a><a href="#top">top</a>
    <a class=x href=/d?a=1&amp;b=2>d</a>""" + b"".join(b'<a href="/%d">n</a>' % number for number in range(20))

    links = links_of(ROOT, Answer(200, "text/html", body))

    assert links[:3] == (WebPage(8080, "/b"), WebPage(8080, "/c.png"), WebPage(8080, "/d?a=1&b=2"))
    assert len(links) == 8
    assert {link.port for link in links} == {8080}
    assert links_of(ROOT, Answer(404, "text/html", body)) == ()
    assert links_of(ROOT, Answer(200, "application/json", body)) == ()


def test_links__of_a_page_that_is_no_html():
    """Bytes of any kind have no links, and end."""
    for body in (b"<" * 200_000, b"<a href=" * 20_000, b"<!--" * 50_000, b"\xff" * 1000, b"<![" * 50_000):
        assert links_of(ROOT, Answer(200, "text/html", body)) == ()
