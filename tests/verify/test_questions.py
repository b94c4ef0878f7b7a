"""What is asked of an image."""

from __future__ import annotations

from bot.model.image import ImageConfig
from bot.model.verify import Behaviour, Questions, Run, WebPage
from bot.verify import awaiting, questions_of
from tests.rules.world import health


def test_questions__of_ports_and_health_check():
    """Exposed TCP ports are asked for their root and awaited; a page that the health check names is asked as well."""
    config = ImageConfig(
        exposed_ports=("8080/tcp", "53/udp", "9000-9001/tcp", "7000"),
        health_check=health("CMD-SHELL", "curl -f 'http://localhost:8080/health?x=1' || wget http://127.0.0.1/up"),
    )

    questions = questions_of(Questions(), config)

    assert questions.awaited == {7000, 8080, 9000, 9001}
    assert questions.pages == (
        *(WebPage(port, "/") for port in (7000, 8080, 9000, 9001)),
        WebPage(8080, "/health?x=1"),
        WebPage(80, "/up"),
    )


def test_questions__of_a_hostile_configuration():
    """Ports that are none and addresses that lead elsewhere are not asked, and of very many only some."""
    config = ImageConfig(
        exposed_ports=("0/tcp", "99999/tcp", "x", "1-65535/tcp"),
        health_check=health("CMD-SHELL", "curl http://evil.example/ http://localhost:99999/ http://localhost:0/"),
    )

    questions = questions_of(Questions(), config)

    assert len(questions.pages) <= 64
    assert all(0 < page.port <= 65_535 for page in questions.pages)


def test_awaiting__what_was_seen():
    """The next box is waited for until it listens as the first one did, and given time to end if that one did."""
    seen = Behaviour((Run(listening=frozenset({9090}), stopped=0),))

    questions = awaiting(Questions(awaited=frozenset({8080})), seen)

    assert questions.awaited == {8080, 9090}
    assert questions.ends_when_told
    assert awaiting(Questions(), Behaviour(())) == Questions()
