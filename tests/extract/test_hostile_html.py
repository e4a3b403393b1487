"""Whatever a page holds, reading it ends soon, within a bounded memory, with entries or a sentence, never with an exception."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def _hostile() -> ModuleType:
    spec = importlib.util.spec_from_file_location("extract_hostile", Path(__file__).with_name("hostile.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["extract_hostile"] = module
    spec.loader.exec_module(module)
    return module


hostile = _hostile()
MOST_SECONDS = hostile.Anything.page_seconds + 4.0
"""With some for a busy machine, and for the listings made after the page was read."""
EXPECTED_ERROR = re.compile("could not be read|is nested|needs more")
MOST_MEGABYTES = 700
SCRAPS = [
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"\x00",
    b"\xff\xfe",
    b"\xc3",
    b"&",
    b"&#x110000;",
    b"&nbsp",
    b'"',
    b"'",
    b"<td>",
    b"</table>",
    b"<div class='",
    b"<b>",
    b"<script>",
    b"<pre>",
    b"<br><br>",
    b"<hr>",
    b"<svg>",
    b"<base href='http://[::1'>",
    b"<a href='http://[x]'>",
    b"<h3>",
    b"\xe2\x80\xae",
    b"<![CDATA[",
    b"<?xml version='1.0'?>",
    b"<meta charset=utf-16>",
    b"<meta charset=shift_jis>",
    b"<form>",
    b"330-555-0101",
    b"Akron, OH 44308",
    b"<td rowspan=99999 colspan=99999>",
    b"<img alt='330-555-0101'>",
    b"<!DOCTYPE html>",
    b"<plaintext>",
]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A page as publishers make them, with parts left out, doubled, moved or broken."""
    body = hostile.seed(draw(st.sampled_from(hostile.SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at, to = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        to = min(to, at + 3_000)
        match draw(st.integers(0, 4)):
            case 0:
                body = body[:at] + body[to:]
            case 1:
                body = body[:to] + body[at:to] + body[to:]
            case 2:
                body = body[:at] + draw(st.sampled_from(SCRAPS)) * draw(st.integers(1, 40)) + body[at:]
            case 3:
                body = body[:at] + draw(st.binary(max_size=40)) + body[at:]
            case _:
                body = body[:at] + body[at:to][::-1] + body[to:]
    return body


def read_in_time(body: bytes, media_type: str = "text/html") -> object:
    started = time.monotonic()
    reading = hostile.as_read(body, media_type)
    assert time.monotonic() - started < MOST_SECONDS
    assert reading.error is None or EXPECTED_ERROR.match(reading.error), reading.error
    return reading


@FEW
@given(
    damaged(),
    st.sampled_from(
        ["text/html", "text/html; charset=utf-16", "text/html; charset=shift_jis", "application/xhtml+xml"]
    ),
)
def test_a_damaged_page_is_read_or_said_to_be_unreadable(body: bytes, media_type: str) -> None:
    read_in_time(body, media_type)


@FEW
@given(
    st.lists(st.sampled_from([*SCRAPS, b"Jane Roe, MD", b"<p>", b"\n", b" - ", b"www.example.com"]), max_size=120).map(
        b"".join
    )
)
def test_scraps_of_markup_in_any_order_are_read(body: bytes) -> None:
    read_in_time(body)


@FEW
@given(
    st.binary(max_size=3_000),
    st.sampled_from(["text/html", "text/plain", "text/markdown", "", "application/pdf", "nonsense"]),
)
def test_bytes_that_are_no_page_are_read_as_none(body: bytes, media_type: str) -> None:
    read_in_time(body, media_type)


@FEW
@given(st.text(max_size=2_000))
def test_any_text_is_read_as_a_list_or_as_none(text: str) -> None:
    read_in_time(text.encode("utf-8", "replace"), "text/plain")


# Not what getrusage says of memory: that begins with what the process that started this one had needed.
READ_MONSTERS = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import hostile
for name, make in hostile.MONSTERS.items():
    body, started = make().encode("utf-8", "replace"), time.monotonic()
    reading = hostile.as_read(body)
    taken_s = time.monotonic() - started
    (peak_kb,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(json.dumps([name, [taken_s, reading.error, int(peak_kb) // 1024]]), flush=True)
"""


@pytest.fixture(scope="module")
def monsters() -> dict[str, tuple[float, str | None, int]]:
    """Of every monster the seconds that its reading took, its error, and the most megabytes until then."""
    command = [sys.executable, "-c", READ_MONSTERS, str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return dict(map(json.loads, done.stdout.splitlines()))


@pytest.mark.slow
@pytest.mark.parametrize("name", hostile.MONSTERS)
def test_a_monster_is_read_or_given_up_in_time(name: str, monsters: dict[str, tuple[float, str | None, int]]) -> None:
    assert name in monsters, "the process that read it, or one before it, has died"
    taken_s, error, _ = monsters[name]
    assert taken_s < MOST_SECONDS
    assert error is None or EXPECTED_ERROR.match(error), error


@pytest.mark.slow
def test_no_monster_needs_more_memory_than_a_crawl_can_spare(
    monsters: dict[str, tuple[float, str | None, int]],
) -> None:
    assert monsters.keys() == hostile.MONSTERS.keys()
    assert max(peak_mb for _, _, peak_mb in monsters.values()) < MOST_MEGABYTES


def test_an_entry_before_the_damage_is_still_read() -> None:
    reading = hostile.as_read(
        (hostile.ENTRY * 3 + "<table><tr><td" * 50 + "\x00&#0;").replace("Jane", "Ada", 1).encode()
    )
    assert [line for line in reading.lines if b"Ada Roe" in line]
    assert reading.error is None


def test_a_page_of_comments_holds_nothing() -> None:
    assert hostile.as_read(b"<!-- nothing here --" * 30).lines == ()


@pytest.mark.slow
def test_fuzzing_for_a_while_finds_nothing() -> None:
    pytest.importorskip("atheris", reason="atheris is not installed (pip install atheris)")
    script = Path(__file__).with_name("fuzz_html.py")
    done = subprocess.run([sys.executable, str(script), "20"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
