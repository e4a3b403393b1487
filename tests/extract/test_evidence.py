"""Whether a page still speaks of low-dose naltrexone, in nine languages."""

from __future__ import annotations

import pytest

from ldn_directory.extract import evidence
from ldn_directory.extract.page import Page


def why_not(markup: str) -> str | None:
    problems = evidence.extract(Page("https://elm.example.com/ldn", markup.encode(), "text/html")).problems
    return problems[0].what if problems else None


@pytest.mark.parametrize(
    "words",
    [
        "We compound Low Dose Naltrexone (LDN).", "low-dose-naltrexone", "Low‑Dose\u00a0Naltrexone", "low dose (LDN) naltrexone",
        "naltrexone (low dose)", "a low dose of naltrexone", "Niedrig dosiertes Naltrexon", "mit niedrigdosiertem Naltrexon",
        "Low-Dose-Naltrexon", "Naltrexon in niedriger Dosierung", "lage dosis naltrexon", "laaggedoseerde naltrexone",
        "lavdose naltrexon", "LDN: lavdosenaltrexon", "Lav dose naltrekson og lavdosert naltrexon", "lågdos naltrexon",
        "lågdosnaltrexon", "låga doser av naltrexon", "lavdosis naltrexon", "naltrexon i lav dosis", "naltrexone à faible dose",
        "naltrexone à faibles doses", "faible dose de naltrexone", "naltrexona en dosis bajas", "bajas dosis de naltrexona",
        "naltrexona a dosis baja", "naltrexone a basso dosaggio", "basse dosi di naltrexone", "low\u00addose naltrexone",
    ],
)  # fmt: skip
def test_the_words_are_found_as_people_write_them(words):
    assert why_not(f"<p>{words}</p>") is None


@pytest.mark.parametrize(
    "words",
    [
        "We prescribe LDN.", "Jane Marsh, RD, LDN", "Naltrexone 50 mg tablets", "Naltrexone. Low dose aspirin too.", "low-dose aspirin",
        "Naltrexon", "high dose naltrexone", "",
    ],
)  # fmt: skip
def test_the_letters_alone_and_the_usual_dose_do_not_count(words):
    assert why_not(f"<p>{words}</p>") == evidence.SILENT


def test_words_over_several_elements_are_found_and_hidden_ones_are_not():
    assert why_not("<h1>Low Dose<br>Naltrexone</h1>") is None
    assert why_not('<p>Nothing</p><div style="display:none">low dose naltrexone</div><!-- low dose naltrexone -->') == evidence.SILENT


def test_what_the_page_states_for_its_own_scripts_counts():
    assert why_not('<div id=app></div><script type="application/json">{"text": "Low-dose naltrexone"}</script>') is None


def test_a_page_that_answers_but_says_it_was_not_found_is_no_evidence():
    menu = '<nav><a href="/x">Low dose naltrexone</a></nav>'
    assert why_not(f"<title>Page not found | Elm Clinic</title>{menu}<h1>Sorry</h1>") == evidence.NOT_THERE
    assert why_not(f"<title>Elm Clinic</title>{menu}<h1>Seite nicht gefunden</h1>") == evidence.NOT_THERE


def test_a_file_that_is_no_text_is_not_judged():
    with pytest.raises(ValueError, match="pdf"):
        evidence.extract(Page("https://elm.example.com/ldn.pdf", b"%PDF-1.7 ...", "application/pdf"))
