"""What an entry says about seeing people by video, where, and whether new patients are taken. Silence is None."""

from __future__ import annotations

import re

from .regions import regions_in

_TELE = (
    r"tele-?(?:health|medicine|medizin|heelkunde|helse|medicin|konsultation|consult\w*)|télé(?:médecine|consultation)|teleconsulta|telesalud|videosprechstunde|"
    r"video(?:\s|-)?(?:visit|consult|call|appointment|konsult)\w*|virtual (?:visit|care|consult|appointment)\w*|phone consult\w*|telephone consult\w*|online (?:consult|visit|appointment)\w*|skype|zoom (?:consult|visit)\w*|beeldbellen"
)
_YES = re.compile(rf"\b(?:{_TELE})\b", re.IGNORECASE)
_NO = re.compile(
    rf"\b(?:no|not|without|kein\w*|geen|ikke|inte|pas de|sin|non)\s+(?:\w+\s+){{0,2}}(?:{_TELE})\b|\b(?:{_TELE})\s*(?::|is|are)?\s*(?:not? (?:available|offered)|no\b|none)|in[- ]person only",
    re.IGNORECASE,
)
_WORD_YES = re.compile(
    r"^(?:y|yes|true|1|ja|oui|sí|si|sì|available|offered|both|x|✓|✔|video|online|virtual|remote)(?!\w)", re.IGNORECASE
)
_WORD_NO = re.compile(r"^(?:n|no|false|0|nein|nee|nei|nej|non|not available|none|in[- ]person)\b", re.IGNORECASE)
_SERVES = re.compile(
    rf"(?:(?:{_TELE})(?:\s+\w+){{0,3}}?\s*(?:to|in|for|throughout|across|within|:|\()|licen[sc]ed (?:to practi[sc]e )?in|ships? (?:to|throughout)|shipping to|serv(?:es|ing)|seeing patients in|available in)\s*:?\s*(?P<where>[^.;\n)]{{2,400}})",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"not (?:currently |now )?(?:tak|accept)\w* (?:on )?(?:any )?new|no(?: longer)? (?:accept\w* |tak\w* )?new (?:patients|clients)|closed to new|not accepting|waiting ?list only|practice (?:is )?(?:full|closed)|keine neuen|aufnahmestopp|geen nieuwe|patiëntenstop|"
    r"tar ikke (?:imot )?nye|ikke nye|tar inte emot nya|inga nya|tager ikke nye|n'accepte (?:pas|plus) de nouveaux|pas de nouveaux|no (?:acepta|admite)\w* nuevos|non accetta nuovi",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"(?:accept|tak|welcom)\w*\s+(?:all )?new (?:patients|clients)|new (?:patients|clients) (?:are )?(?:welcome|accepted)|open to new|nimmt neue|neue patienten willkommen|nieuwe patiënten welkom|tar imot nye|tar emot nya|tager nye|"
    r"accepte de nouveaux|acepta nuevos|accetta nuovi",
    re.IGNORECASE,
)


def telehealth(text: str | None, labelled: bool = False) -> bool | None:
    """Whether telehealth is offered; `labelled` if the text stands under a telehealth label, where yes and no suffice."""
    if not text:
        return None
    source = text[:5_000]
    if labelled and _WORD_NO.match(source.strip()):
        return False
    if _NO.search(source):
        return False
    if _YES.search(source) or (labelled and _WORD_YES.match(source.strip())):
        return True
    return None


def serves(text: str | None, country_code: str | None = None, labelled: bool = False) -> tuple[str, ...]:
    """ISO codes of the regions that a text ties to telehealth, licence or shipping; all in it if `labelled`."""
    if not text:
        return ()
    if labelled:
        return regions_in(text, country_code)
    found: dict[str, None] = {}
    for match in _SERVES.finditer(text[:5_000]):
        found.update(dict.fromkeys(regions_in(match.group("where"), country_code)))
    return tuple(found)


def accepts_new(text: str | None, labelled: bool = False) -> bool | None:
    """Whether new patients are taken."""
    if not text:
        return None
    source = text[:5_000]
    if _CLOSED.search(source) or (labelled and _WORD_NO.match(source.strip())):
        return False
    if _OPEN.search(source) or (labelled and _WORD_YES.match(source.strip())):
        return True
    return None
