"""Hostile texts and GitHub's own Markdown parser as the judge of whether they broke out of their cell.

``cmarkgfm`` is GitHub's fork of cmark. Mentions, references and commit links are made later, on the rendered text
outside ``<code>``, so what stands there is judged by the patterns that GitHub links.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

WORD = "plainword"

HOSTILE = {
    "pipe": "a|b",
    "backtick": "a`b",
    "backtick and pipe": "a`|`b",
    "image": "![x](https://evil.example/p.png)",
    "link": "[click](https://evil.example)",
    "autolink": "<https://evil.example>",
    "www link": "www.evil.example",
    "mention": "@octocat",
    "html image": '<img src="https://evil.example/p.png">',
    "comment end": "-->",
    "own marker": "<!-- deadweight key=size -->",
    "close the fold": "</details></table>",
    "paragraphs": "x\n\n# Heading\n\n- item",
    "carriage return": "x\r\r# Heading",
    "fence": "```\nx\n```",
    "tilde fence": "~~~\nx\n~~~",
    "bidi override": "abc\u202egpj.exe",
    "nul": "a\x00b",
    "entity": "&lt;b&gt;&#64;octocat",
    "backslash mix": "\\|\\`|`\\",
    "final backslash": "path\\",
    "heading": "# Approved",
    "strike": "~~gone~~",
    "issue reference": "#1 and octo/shop#2",
    "commit": "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "math": "$\\color{red}{x}$",
    "emoji": ":shipit:",
    "task": "- [x] done",
    "script": "<script>alert(1)</script>",
    "line separators": "a\u2028# b\u2029- c",
    "vertical tab and form feed": "a\x0b# b\x0c- c",
}

FORBIDDEN_TAGS = frozenset(
    {"a", "img", "h1", "h2", "h3", "h4", "ul", "ol", "li", "del", "script", "input", "em", "strong"}
)
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
LINKED_TEXT = re.compile(r"@\w|(^|\s|\w/\w+)#\d|\b[0-9a-f]{7,40}\b|:\w+:|\$.+\$|www\.\w|https?://")


def render(markdown: str) -> str:
    """HTML as GitHub's parser makes it from a comment."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_GITHUB_PRE_LANG
    rendered: str = cmarkgfm.markdown_to_html_with_extensions(
        markdown, options=options, extensions=["table", "strikethrough", "autolink", "tasklist"]
    )
    return rendered


class Structure(HTMLParser):
    """What a reader sees of a comment's skeleton: its tags in order, and the text outside ``<code>`` and ``<pre>``."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.loose_text = ""
        self.text = ""
        self.comments: list[str] = []
        self._inside_code = 0
        self.feed(render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, with the address where it has one."""
        self.tags.append(" ".join([tag, *(value or "" for name, value in attrs if name in ("href", "src"))]))
        self._inside_code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a tag."""
        self.tags.append(f"/{tag}")
        self._inside_code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        """Note text, apart where it could become a link."""
        self.text += data
        if not self._inside_code:
            self.loose_text += data

    def handle_comment(self, data: str) -> None:
        """Keep HTML comments; our marker is one."""
        self.comments.append(data)


def break_outs(template: str, quote: Callable[[str], str], payload: str) -> list[str]:
    r"""How a comment changes when the text in it is hostile; an empty list means that nothing broke out.

    ``template`` is Markdown with one ``\x1a`` where the text goes, ``quote`` the function under test that makes
    foreign text safe. The comment with a plain word in it is the measure.
    """
    calm, wild = (Structure(template.replace("\x1a", quote(text))) for text in (WORD, payload))
    before, _, after = calm.text.partition(WORD)
    problems = [] if calm.tags == wild.tags else [f"tags became {wild.tags}"]
    problems += [] if calm.comments == wild.comments else ["an HTML comment appeared"]
    problems += ["a bidirectional override is shown"] if BIDI.search(wild.text) else []
    if not (wild.text.startswith(before) and wild.text.endswith(after)):
        return [*problems, "text around it changed"]
    loose = LINKED_TEXT.search(wild.loose_text) and not LINKED_TEXT.search(calm.loose_text)
    return [*problems, *(["text outside code would become a link"] if loose else [])]
