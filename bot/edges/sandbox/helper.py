"""A second container in the network of a box: it sees which ports are listened on, and asks over HTTP."""

import re
from contextlib import suppress
from typing import Final, NamedTuple

from bot.edges.engine import Engine, EngineRefusedError
from bot.edges.sandbox.box import Box
from bot.edges.sandbox.box_order import BoxOrder
from bot.edges.sandbox.own_programs import HelperProgram, new_folder, packed
from bot.errors import EngineError
from bot.model.verify import Answer, WebPage
from bot.verify.web_pages import MOST_BODY_BYTES, read_answer, request

_LIFE_SECONDS: Final = 240
_ANSWER_SECONDS: Final = 10
_MOST_TABLE_BYTES: Final = 1_000_000
_SOCKET: Final = re.compile(rb" *\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A ")
_LOOPBACK: Final = (b"0100007F", b"00000000000000000000000001000000", b"0000000000000000FFFF00000100007F")

# The pipe is held open at both ends: a server that sees the end of a request may take it for a client that left.
_ASK: Final = (
    'pipe="$4/$$"; "$0" mkfifo "$pipe" && exec 3<>"$pipe" && "$0" rm "$pipe" && "$0" printf %s "$3" >&3 &&'
    f' "$0" timeout {_ANSWER_SECONDS} "$0" nc -w 3 "$1" "$2" <&3 3>&- | "$0" head -c {MOST_BODY_BYTES + 65_536}'
)


class Listening(NamedTuple):
    """The ports that are listened on, and those of them that only processes inside can reach."""

    ports: frozenset[int] = frozenset()
    loopback: frozenset[int] = frozenset()


class Helper:
    """A helper that has joined a running box; ``remove`` it in the end."""

    def __init__(self, engine: Engine, order: BoxOrder, program: HelperProgram) -> None:
        """Join. ``order`` names the network; its image is taken where the program has none of its own."""
        self._folder = new_folder()
        self._program = f"/{self._folder}/busybox" if program.content else program.path
        argv = (self._program, "sleep", str(_LIFE_SECONDS))
        self._box = Box(
            engine,
            BoxOrder(program.image or order.image, order.owner, argv, network=order.network, user="0:0"),
        )
        self._box.put(packed(self._folder, {"busybox": program.content} if program.content else {}))

    def start(self) -> bool:
        """Start it; False where the box has ended already, or the program does not run here."""
        return not self._box.start()

    def listening(self) -> Listening:
        """Read which TCP ports are listened on."""
        table = self._execute((self._program, "cat", "/proc/net/tcp", "/proc/net/tcp6"), _MOST_TABLE_BYTES)
        found = [match for line in table.splitlines() if (match := _SOCKET.match(line))]
        ports = frozenset(int(match[2], 16) for match in found)
        public = frozenset(int(match[2], 16) for match in found if match[1] not in _LOOPBACK)
        return Listening(ports, ports - public)

    def ask(self, page: WebPage) -> Answer:
        """Ask for a page, over IPv6 where nobody answers over IPv4."""
        for host in ("127.0.0.1", "::1"):
            sent = request(page).decode("ascii")
            argv = (self._program, "sh", "-c", _ASK, self._program, host, str(page.port), sent, f"/{self._folder}")
            if raw := self._execute(argv, MOST_BODY_BYTES + 65_536):
                return read_answer(raw)
        return Answer(0)

    def _execute(self, argv: tuple[str, ...], most: int) -> bytes:
        with suppress(EngineRefusedError):
            return self._box.execute(argv, most)
        return b""

    def remove(self) -> None:
        """Remove it."""
        with suppress(EngineError):
            self._box.remove()
