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
        "We compound Low Dose Naltrexone (LDN).",
        "low-dose-naltrexone",
        "Low‑Dose\u00a0Naltrexone",
        "low dose (LDN) naltrexone",
        "naltrexone (low dose)",
        "a low dose of naltrexone",
        "Niedrig dosiertes Naltrexon",
        "mit niedrigdosiertem Naltrexon",
        "Low-Dose-Naltrexon",
        "Naltrexon in niedriger Dosierung",
        "lage dosis naltrexon",
        "laaggedoseerde naltrexone",
        "lavdose naltrexon",
        "LDN: lavdosenaltrexon",
        "Lav dose naltrekson og lavdosert naltrexon",
        "lågdos naltrexon",
        "lågdosnaltrexon",
        "låga doser av naltrexon",
        "lavdosis naltrexon",
        "naltrexon i lav dosis",
        "naltrexone à faible dose",
        "naltrexone à faibles doses",
        "faible dose de naltrexone",
        "naltrexona en dosis bajas",
        "bajas dosis de naltrexona",
        "naltrexona a dosis baja",
        "naltrexone a basso dosaggio",
        "basse dosi di naltrexone",
        "low\u00addose naltrexone",
    ],
)
def test_the_words_are_found_as_people_write_them(words):
    assert why_not(f"<p>{words}</p>") is None


@pytest.mark.parametrize(
    "words",
    [
        "We prescribe LDN.",
        "Jane Marsh, RD, LDN",
        "Naltrexone 50 mg tablets",
        "Naltrexone. Low dose aspirin too.",
        "low-dose aspirin",
        "Naltrexon",
        "high dose naltrexone",
        "low dose ketamine, naltrexone",
        "We take naltrexone, low dose aspirin and rest",
        "follow dose naltrexone",
        "LDN naltrexone",
    ],
)
def test_the_letters_alone_and_the_usual_dose_do_not_count(words):
    assert why_not(f"<p>{words}</p>") == evidence.NOT_MENTIONED


def test_words_over_several_elements_are_found_and_hidden_ones_are_not():
    assert why_not("<h1>Low Dose<br>Naltrexone</h1>") is None
    assert (
        why_not('<p>Nothing</p><div style="display:none">low dose naltrexone</div><!-- low dose naltrexone -->')
        == evidence.NOT_MENTIONED
    )


def test_what_the_page_states_for_its_own_scripts_counts():
    assert why_not('<div id=app></div><script type="application/json">{"text": "Low-dose naltrexone"}</script>') is None


def test_a_page_that_answers_but_says_it_was_not_found_is_no_evidence():
    menu = '<nav><a href="/x">Low dose naltrexone</a></nav>'
    assert why_not(f"<title>Page not found | Elm Clinic</title>{menu}<h1>Sorry</h1>") == evidence.NOT_FOUND
    assert why_not(f"<title>Elm Clinic</title>{menu}<h1>Seite nicht gefunden</h1>") == evidence.NOT_FOUND


def test_a_file_that_is_no_text_is_not_judged():
    with pytest.raises(ValueError, match="pdf"):
        evidence.extract(Page("https://elm.example.com/ldn.pdf", b"%PDF-1.7 ...", "application/pdf"))


@pytest.mark.parametrize(
    "words",
    [
        "low-dose oral naltrexone",
        "naltrexone, in low doses",
        "micro-dose naltrexone",
        "low doses of the drug naltrexone",
        "Low\u200bDose Nal\u200btrexone",
        "lavdose naltrekson",
        "Naltrexon in niedrigen Dosen",
        "niedrigdosierte Naltrexontherapie",
        "Naltrexon, niedrig dosiert",
        "lage doses naltrexon",
        "naltrexon in lage doseringen",
        "lågdosbehandling med naltrexon",
        "lavdosis-behandling med naltrexon",
        "naltrexone à très faible dose",
        "naltrexone à dose réduite",
        "naltrexone in basse dosi",
        "naltrexone a bassissimo dosaggio",
        "naltrexona en dosis muy bajas",
        "naltrexone (basso dosaggio)",
        "Naltrexone à bas dosage",
    ],
)
def test_other_ways_to_say_it_are_found_too(words):
    assert why_not(f"<p>{words}</p>") is None


@pytest.mark.parametrize(
    "markup",
    [
        "<title>Elm</title><div>Low dose naltrexone</div>",
        "<summary>Opening hours</summary><p>Low dose naltrexone</p>",
        "<dl><dt>Offered</dt><dd>Low dose naltrexone</dd></dl>",
        "<table><tr><th>Drug</th><th>Low dose naltrexone</th></tr></table>",
        "<span>Offered</span><section>low dose naltrexone</section>",
        "<div>Low <b>dose</b> <i>nal</i>trexone</div>",
    ],
)
def test_words_of_neighbouring_boxes_are_not_glued_together_and_those_of_a_line_are(markup):
    assert why_not(markup) is None


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="accordion-body" style="display:none">low dose naltrexone</div>',
        '<img src="a.png" alt="Low dose naltrexone">',
        '<div role="tabpanel" hidden>low dose naltrexone</div>',
        '<a href="#more">More</a><div id="more" style="display: none">low dose naltrexone</div>',
        '<nav><a href="/ldn">Low dose naltrexone</a></nav>',
    ],
)
def test_what_unfolds_at_a_click_and_what_a_picture_is_described_with_count(markup):
    assert why_not(f"{markup}<p>Welcome</p>") is None


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ('<div id="root"></div><script src="/app.js"></script>', evidence.EMPTY_WITHOUT_SCRIPTS),
        ("", evidence.EMPTY_WITHOUT_SCRIPTS),
        ("<h1>Elm Clinic</h1><p>We use cookies. Accept all</p>", evidence.COOKIE_BANNER),
        ("<title>Just a moment...</title><p>Checking your browser</p>", evidence.BOT_CHECK),
    ],
)
def test_a_page_that_shows_nothing_of_itself_is_not_judged(markup, reason):
    with pytest.raises(ValueError, match=reason):
        why_not(f"<html><body>{markup}</body></html>")


@pytest.mark.parametrize(
    "said",
    [
        "We no longer prescribe low dose naltrexone",
        "We do not compound low-dose naltrexone.",
        "We don't prescribe LDN (low dose naltrexone).",
        "Wir verschreiben kein niedrigdosiertes Naltrexon.",
        "Nous ne prescrivons plus de naltrexone à faible dose.",
        "Low dose naltrexone is no longer available here.",
    ],
)
def test_a_practice_that_says_it_does_without_is_no_evidence(said):
    assert "does not, or no longer, offer low-dose naltrexone" in why_not(f"<h1>Low dose naltrexone</h1><p>{said}</p>")


@pytest.mark.parametrize(
    "said",
    [
        "Many doctors do not prescribe low dose naltrexone.",
        "We no longer prescribe opioids.</p><p>We prescribe low dose naltrexone.",
        "Low dose naltrexone is not approved for this use.",
        "We do not only prescribe low dose naltrexone.",
        "If your doctor no longer takes patients, ask us for low dose naltrexone.",
    ],
)
def test_what_others_do_or_other_drugs_is_no_denial(said):
    assert why_not(f"<p>{said}</p>") is None


@pytest.mark.parametrize("title", ["404 Clinic", "Route 404 Pharmacy", "Relief not found elsewhere"])
def test_a_name_that_looks_like_an_error_is_a_name(title):
    assert why_not(f"<title>{title}</title><p>Low dose naltrexone</p>") is None


@pytest.mark.parametrize(
    "title",
    [
        "404",
        "Elm Clinic - 404",
        "404 Not Found",
        "Error 404 | Elm",
        "Not found – Elm",
        "Oops! That page can’t be found.",
    ],
)
def test_an_error_page_is_told_by_its_title(title):
    assert why_not(f"<title>{title}</title><p>Low dose naltrexone</p>") == evidence.NOT_FOUND
