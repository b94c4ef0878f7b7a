"""A secret is found in whatever spelling a build, a renderer or a file format gives it, and nothing else is touched."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edges.redactor import Redactor
from bot.model.bounds import clip
from bot.render.text import code, html_code

SECRET = 'pa"ss\\w&rd<é>+x/9~?'
RAW = SECRET.encode()


def hiding(*values: str) -> Redactor:
    """Return a redactor that knows these values."""
    redactor = Redactor()
    for value in values:
        redactor.hide(value)
    return redactor


SPELLINGS = {
    "as it is": SECRET,
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON in JSON": json.dumps(json.dumps(SECRET)),
    "JSON without ASCII": json.dumps(SECRET, ensure_ascii=False),
    "HTML": html.escape(SECRET),
    "HTML, every symbol": html_code(SECRET),
    "HTML, hexadecimal": "".join(f"&#x{ord(one):X};" for one in SECRET),
    "URL": quote(SECRET, safe=""),
    "URL, slashes kept": quote(SECRET),
    "URL, all of it": "".join(f"%{byte:02x}" for byte in RAW),
    "hexadecimal": RAW.hex(),
    "hexadecimal, upper case": RAW.hex().upper(),
    "hexadecimal, as a dump": RAW.hex(" "),
    "hexadecimal, as a shell has it": "".join(f"\\x{byte:02x}" for byte in RAW),
    "Markdown": "".join(one if one.isalnum() else f"\\{one}" for one in SECRET if one.isascii() or one == "é"),
    "Markdown code": code(SECRET),
    "colours in it": "\x1b[31m".join(SECRET),
    "colours in it, in JSON": json.dumps("\x1b[1;32m".join(SECRET)),
    "a title in it": SECRET[:7] + "\x1b]0;title\x07" + SECRET[7:],
    "carriage returns in it": "\r".join(SECRET),
    "a line's end in it": SECRET[:7] + "\n" + SECRET[7:],
    "backspaces and zeros in it": "\x08\x00".join(SECRET),
    "no width in it": "\u200b".join(SECRET),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_text__of_every_spelling(spelling: str):
    """A value is hidden however it is spelt, and the text around it stays."""
    shown = hiding(SECRET).text(f"before it {spelling} after it")

    assert "***" in shown
    assert shown.startswith("before it ")
    assert shown.endswith(" after it")
    assert not any(part in shown for part in ("pa", "ss", "rd", "x/9", "70 61", "7061"))


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "\n", "zz", "zzz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padded", [True, False])
def test_text__of_base64(before: str, after: str, encode, padded: bool):
    """Base64 of a value is hidden at each of its alignments, whole, whatever stands before and after the value."""
    encoded = encode(before.encode() + RAW + after.encode()).decode()
    encoded = encoded if padded else encoded.rstrip("=")

    assert hiding(SECRET).text(f"token: {encoded}.") == "token: ***."


def test_text__of_base64_in_lines():
    """Base64 that ``base64`` wraps at 76 characters is hidden in all of its lines."""
    value = "".join(f"{number:03}-" for number in range(60))
    wrapped = base64.encodebytes(f"user:{value}".encode()).decode()

    assert hiding(value).text(wrapped).strip() == "***"


def test_text__of_several_lines():
    """Each line of a value is hidden by itself, as logs show them one by one."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\r\nkqhkiG9w0BAQEF\n-----END KEY-----\n"

    shown = hiding(key).text("got kqhkiG9w0BAQEF then MIIEvQIBADANBg")

    assert shown == "got *** then ***"


def test_text__of_a_file_with_a_token_in_it():
    """The token of an .npmrc or a docker configuration is hidden also where it stands alone."""
    redactor = hiding(
        "//registry.example/:_authToken=npm_0123456789abcdef\n", '{"auths":{"r":{"auth":"dXNlcjpwYXNzMTIz"}}}'
    )

    assert redactor.text("npm_0123456789abcdef dXNlcjpwYXNzMTIz registry.example") == "*** *** registry.example"


@pytest.mark.parametrize("value", ["1", "true", "12345", "4711", "123456789", " \n ", ""])
def test_hide__too_short(value: str):
    """Values that would be hidden everywhere by accident are not: under six characters, or ten digits."""
    assert hiding(value).text("1 true 12345 4711 123456789") == "1 true 12345 4711 123456789"


def test_hide__shortest():
    """Six characters are hidden, and ten digits."""
    assert hiding("sesame", "0123456789").text("sesame 0123456789") == "*** ***"


@pytest.mark.parametrize("limit", range(20, 40))
def test_text__that_was_cut(limit: int):
    """What a cut in the middle leaves of a value is hidden too, down to six characters of it."""
    secret = "correct-horse-battery-staple-01"

    shown = hiding(secret).text(clip(f"path/{secret}/end", limit))

    assert not any(secret[at : at + 6] in shown for at in range(len(secret) - 5))


def test_lines__with_a_value_across_them():
    """A value that a line's end splits is hidden in both lines."""
    assert hiding("s3cr3t-value").lines(["a s3cr3t", "-value b"]) == ["a *** b"]


def test_content__that_is_no_text():
    """Bytes that are no UTF-8 stay as they are around what is hidden."""
    assert hiding("s3cr3t-value").content(b"\xff s3cr3t-value \x80") == b"\xff *** \x80"


@given(st.text(max_size=300))
def test_text__without_a_value(text: str):
    """Text without the value comes out as it went in."""
    redactor = hiding("Zq9-no-text-has-this")

    assert redactor.text(text) == text


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_text__of_any_value(value: str, before: str, after: str):
    """Any value that is long enough is gone from any text."""
    lines = [line for one in value.split("\n") for line in one.split("\r") if len(line.strip()) >= 6]
    worth = [line.strip() for line in lines if not line.strip().isdecimal()]

    shown = hiding(value).text(f"{before}{value}{after}".replace("***", ""))

    assert not any(line in shown for line in worth)


def test_knowing__leaves_the_first_alone():
    """What is hidden for one build stays visible to the others."""
    redactor = hiding("s3cr3t-value")

    assert redactor.knowing(["production"]).text("production s3cr3t-value") == "*** ***"
    assert redactor.text("production s3cr3t-value") == "production ***"


def test_text__of_megabytes():
    """Five megabytes with thirty secrets are searched in seconds, also where nearly every character is a find."""
    redactor = hiding(*(f"secret-number-{number}-of-thirty" for number in range(30)))
    encoded = base64.b64encode(b"secret-number-7-of-thirty").decode()
    started = time.monotonic()

    shown = redactor.text(encoded * 60_000 + "secret-number-1-of-thirt… " * 60_000)

    assert "secret" not in shown
    assert time.monotonic() - started < 60
