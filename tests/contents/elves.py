"""Small ELF files, made to measure: an interpreter, libraries, a search path, sections, and Go's build information."""

import struct

_VADDR = 0x400000
_HEADER, _PROGRAM_HEADER, _SECTION_HEADER = 64, 56, 64
_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_NEEDED, _STRTAB, _STRSZ, _RUNPATH, _NULL = 1, 5, 10, 29, 0


def elf(
    *,
    interpreter: str = "",
    needed: tuple[str, ...] = (),
    runpath: str = "",
    sections: tuple[tuple[str, int], ...] = (),
    tail: bytes = b"",
) -> bytes:
    """Make a 64-bit little-endian ELF file; ``sections`` are names and sizes of sections that are not loaded."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in (*needed, runpath))
    place = {name: strings.index(name.encode() + b"\0") for name in (*needed, runpath) if name}
    dynamic = bool(needed or runpath)
    count = 1 + bool(interpreter) + dynamic
    start = _HEADER + count * _PROGRAM_HEADER
    interp = interpreter.encode() + b"\0" if interpreter else b""
    strings_at = start + len(interp)
    tags_at = strings_at + len(strings)
    tags = b"".join(struct.pack("<QQ", tag, value) for tag, value in _tags(needed, runpath, place, strings_at, strings))
    body = interp + strings + (tags if dynamic else b"") + tail
    size = start + len(body)
    programs = [_program(_LOAD, 0, size)]
    programs += [_program(_INTERP, start, len(interp))] if interpreter else []
    programs += [_program(_DYNAMIC, tags_at, len(tags))] if dynamic else []
    table, names = _sections(sections, size)
    header = struct.pack(
        "<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, _VADDR, _HEADER, size + len(names),
        0, _HEADER, _PROGRAM_HEADER, count, _SECTION_HEADER, len(sections) + 2, len(sections) + 1,
    )  # fmt: skip
    return header + b"".join(programs) + body + names + table


def _tags(needed, runpath, place, strings_at, strings):
    yield from ((_NEEDED, place[name]) for name in needed)
    if runpath:
        yield _RUNPATH, place[runpath]
    yield _STRTAB, _VADDR + strings_at
    yield _STRSZ, len(strings)
    yield _NULL, 0


def _program(kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, 5, offset, _VADDR + offset, _VADDR + offset, size, size, 1)


def _sections(sections: tuple[tuple[str, int], ...], at: int) -> tuple[bytes, bytes]:
    names = b"\0" + b"".join(name.encode() + b"\0" for name, _ in sections) + b".shstrtab\0"
    table = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    for name, size in sections:
        table += struct.pack("<IIQQQQIIQQ", names.index(name.encode() + b"\0"), 1, 0, 0, 0, size, 0, 0, 1, 0)
    table += struct.pack("<IIQQQQIIQQ", names.index(b".shstrtab"), 3, 0, 0, at, len(names), 0, 0, 1, 0)
    return table, names
