"""People's names as lists write them: titles, credentials, surname first, several in one entry."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from .nicknames import full_forms, short_forms
from .regions import region
from .words import any_of, table

MOST = 300
SUFFIXES = {"jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV"}
PARTICLES = frozenset(table("name_particles"))
_TITLE = re.compile(rf"^{any_of('name_title')}\s*", re.IGNORECASE)
_DOCTOR = re.compile(rf"\s*{any_of('doctor_title')}", re.IGNORECASE)
_ORGANISATION = re.compile(rf"\b{any_of('organisation')}\b|[&®™]|{any_of('compound_organisation')}\b", re.IGNORECASE)
_NOT_A_NAME = re.compile(rf"\b{any_of('not_a_name')}\b", re.IGNORECASE)
_JOIN = re.compile(r"\s*(?:;|\s&\s|\sand\s|\sund\s|\bog\b|\boch\b|\set\s|\se\s(?=[A-Z])|\sy\s(?=[A-Z])|\s/\s|\n)\s*")
SHARED_JOIN = re.compile(r"\s(?:&|and|und|og|och|et)\s")
"""What stands between two people, and within the names of practices too."""
_PROFESSION_CLAUSE = re.compile(rf"{any_of('profession_clause')}\b", re.IGNORECASE)
"""A profession and its field after a name: "Fachärztin für Allgemeinmedizin"."""
_TITLES_AFTER = re.compile(rf"(?:(?:^|,)\s*{any_of('doctor_title')}\.?\s*)+$", re.IGNORECASE)
_DASHED = re.compile(r"\s[-–|]\s")
_NICKNAME = re.compile(r"\s*\"[^\"]{1,20}\"|\s*[“(][^”)]{1,20}[”)]")
_UNSEEN = re.compile(r"[\u200b\u200e\u200f\u2063®™*]")
_NEXT_TITLED = re.compile(r",?\s+(?=(?:Dr|Prof|Dra)\.?\s)")
_CREDENTIAL_GAPS = re.compile(r"(\s*[,;]\s*|\s+|\s*[/|]\s*)")
_BRACKETS = re.compile(r"\(([^()]{2,60})\)\s*$")
_NO_NAME_SIGN = re.compile(r"[\d@:/?!]")
_SMALL_START = re.compile(r"[do]['’]|[a-z]{1,4}['’]?(?=[A-Z])")
"""How a surname may begin with a small letter: d'Abo, deMarsh."""
_WITHIN_NAMES = frozenset(("y", "e", "i"))
"""What joins two surnames."""
_ABBREVIATED_TITLE = re.compile(r"^(?:(?!v\.)[a-z]{1,5}\.\s+)+(?=[^\W\d_])")
"""What goes on with a title, as in "dr n. med."."""
_LETTERS = re.compile(r"[A-Za-z]+(?:[.-][A-Za-z]+)*\.?")
_BREAK = re.compile(r"[,;/|–-]")
_EDGES = " ,;/|-–"
_INITIALS = re.compile(r",\s*[A-Z]\.\s[A-Z]\.\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """One person: the name without titles, credentials joined by ", ". A suffix such as Jr. is also in the name."""

    name: str
    credentials: str | None = None
    suffix: str | None = None


def _squeeze(token: str) -> str:
    return re.sub(r"[^A-Za-zäöüÄÖÜ]", "", token).upper()


@cache
def _credentials() -> frozenset[str]:
    return _read_words("credentials.txt")


@cache
def _plain() -> frozenset[str]:
    return _read_words("credentials_plain.txt")


def _read_words(name: str) -> frozenset[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return frozenset(word.upper() for line in text.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=50_000)
def is_credential(token: str) -> bool:
    """Whether one token is a credential. Those that are also words or surnames count only in capitals or with dots."""
    bare = token.strip(" ,;()[]*®™")
    squeezed = _squeeze(bare)
    known = _credentials()
    if not 2 <= len(squeezed) <= 16 or squeezed not in known:
        parts = [(part, _squeeze(part)) for part in re.split(r"[-/]", bare)]
        several = len(parts) > 1 and parts[0][1] in known
        return several and all(key and (key in known or len(part) <= 2) for part, key in parts)
    letters = re.sub(r"[^A-Za-z]", "", bare)
    capitals = sum(map(str.isupper, letters))
    dotted = "." in bare.rstrip(".")
    if squeezed in _plain():
        return capitals >= 2 or dotted or (bare.endswith(".") and len(letters) > 1 and letters.isupper())
    return letters.isupper() or dotted or (letters[0].isupper() and (capitals > 1 or len(letters) > 8))


def split_credentials(text: str) -> tuple[str, str | None]:
    """(the rest, credentials joined by ", ") of one name, taken from the right and from brackets.

    Letters that no list knows are credentials beside known ones, or by their shape alone behind a comma or dash.
    """
    source = " ".join(text[:MOST].split())
    found: list[str] = []
    bracket = _BRACKETS.search(source) if "(" in source else None
    if bracket and (letters := _credentials_only(bracket[1])):
        found = letters
        source = source[: bracket.start()].rstrip()
    if source.endswith(".") and _INITIALS.search(source):
        source = re.sub(r"\b([A-Z])\.\s(?=[A-Z]\.(?:[\s,]|$))", r"\1.", source)
    pieces = _CREDENTIAL_GAPS.split(source)
    tokens, gaps = [piece.strip(" ,;") for piece in pieces[::2]], pieces[1::2]
    start = _first_credential(tokens, gaps)
    found = [token for token in tokens[start:] if token.strip(_EDGES)] + found
    rest = "".join(pieces[: 2 * start]).strip(_EDGES)
    if not rest and found:
        return "", ", ".join(found)
    return rest, ", ".join(dict.fromkeys(tidy_credential(c) for c in found)) or None


def _first_credential(tokens: list[str], gaps: list[str]) -> int:
    """Where the credentials at the end of a name begin; the number of tokens if there are none."""
    in_capitals = tokens[0].isupper()
    start = len(tokens)
    while start > 1 and _may_be_credential(tokens[start - 1], in_capitals):
        start -= 1
    for place in range(start, len(tokens)):
        group = [token for token in tokens[place:] if token.strip(_EDGES)]
        known = [token for token in group if is_credential(token)]
        if not group or tokens[place] in known:
            return place
        behind_break = bool(_BREAK.search(gaps[place - 1])) or not tokens[place - 1].strip(_EDGES)
        if behind_break and place > 1 and not in_capitals and _told_by_shape(group):
            return place
    return len(tokens)


def _may_be_credential(token: str, in_capitals: bool) -> bool:
    bare = token.strip(_EDGES)
    return not bare or is_credential(token) or (_looks_like_letters(bare) and (not in_capitals or _no_word(bare)))


def _looks_like_letters(token: str) -> bool:
    """Whether a token is written like a credential: two to eight letters, most of them capitals."""
    letters = [sign for sign in token if sign.isalpha()]
    capitals = sum(map(str.isupper, letters))
    is_short = 2 <= len(letters) <= 8 and capitals >= 2 and 2 * capitals >= len(letters)
    return is_short and bool(_LETTERS.fullmatch(token)) and token.strip(".").lower() not in SUFFIXES


def _no_word(token: str) -> bool:
    return bool(re.search(r"\w[.-]\w", token)) or not re.search("[AEIOUY]", token.upper())


def _told_by_shape(group: list[str]) -> bool:
    """Whether tokens of which none is known are still credentials: no words, no regions, or several."""
    if any(region(token) or region(token, "AU") for token in group):
        return False
    return len(group) > 1 or (len(group[0]) > 2 and _no_word(group[0]))


def _credentials_only(text: str) -> list[str]:
    """The credentials that a text consists of, at least one of them known; else ()."""
    tokens = [token for token in re.split(r"[,\s/]+", text) if token]
    fitting = all(is_credential(token) or _looks_like_letters(token) for token in tokens)
    return tokens if fitting and any(map(is_credential, tokens)) else []


def tidy_credential(credential: str) -> str:
    """Letters as they are shown: without the points of "M.D."."""
    bare = credential.strip(" ,;()[]*")
    return bare.replace(".", "") if re.fullmatch(r"(?:[A-Za-z]{1,4}\.)+[A-Za-z]{0,4}\.?", bare) else bare


def without_title(text: str) -> str:
    """The text without leading titles, in nine languages."""
    rest = text.strip()
    while (match := _TITLE.match(rest)) and match.end():
        shorter = _ABBREVIATED_TITLE.sub("", rest[match.end() :].lstrip(" .,"))
        if not shorter:
            break
        rest = shorter
    return rest


def split_person(line: str) -> tuple[str, str]:
    """(name and credentials at the start of a line, what follows them); ("", line) if it does not begin so."""
    words = line.split()
    for start in range(1, min(len(words), 8)):
        if is_credential(words[start]) and (words[start - 1].endswith(",") or start > 1):
            end = start + 1
            while end < len(words) and (is_credential(words[end]) or _goes_on(words[end - 1], words[end])):
                end += 1
            head = " ".join(words[:end])
            return (head, " ".join(words[end:])) if _person(head) else ("", line)
        if not _is_name_word(words[start].strip(",")):
            break
    return "", line


def _goes_on(before: str, word: str) -> bool:
    """Whether a word is one more credential that is not known: behind a comma, and written like one."""
    return before.endswith(",") and _looks_like_letters(word.strip(_EDGES))


def has_title(text: str) -> bool:
    """Whether a text starts like "Dr." or "Prof."."""
    return bool(_DOCTOR.match(text))


@lru_cache(maxsize=20_000)
def people(text: str) -> tuple[PersonName, ...]:
    """The people that a text names, in order; () if it names none, as for an organisation."""
    source = (text if text.isascii() and "*" not in text else _UNSEEN.sub("", text))[:MOST].strip(" -–|•:")
    if not source:
        return ()
    parts = [part for part in _JOIN.split(source) if part.strip()]
    if len(parts) > 1:
        singles = [_person(part) for part in parts]
        named = [single for single in singles if single]
        if len(named) == len(parts):
            return () if _could_be_one_name(source, parts, named) else tuple(_shared_surname(named))
    several = _NEXT_TITLED.split(source)
    if len(several) > 1 and all(_person(part) for part in several):
        return tuple(person for part in several if (person := _person(part)))
    one = _person(source)
    return (one,) if one else ()


def _could_be_one_name(source: str, parts: list[str], named: list[PersonName]) -> bool:
    """Whether "and" may stand in a practice's name: nobody has a title or letters, not all bear known first names."""
    if not SHARED_JOIN.search(source) or any(map(has_title, parts)) or any(one.credentials for one in named):
        return False
    first_names = [one.name.split()[0].lower() for one in named]
    if len({one.name.split()[-1] for one in named}) == 1:
        return False
    return not all(full_forms(first) or short_forms(first) for first in first_names)


def _shared_surname(singles: list[PersonName]) -> list[PersonName]:
    last = singles[-1].name.split()
    return [one if " " in one.name else replace(one, name=f"{one.name} {last[-1]}") for one in singles]


@lru_cache(maxsize=20_000)
def _person(text: str) -> PersonName | None:
    titled = has_title(text)
    rest, credentials = split_credentials(_without_note(without_title(text)))
    rest = without_title(rest.partition("(")[0].rstrip()).strip(" ,;.")
    name = _NICKNAME.sub("", rest)
    if "," in name:
        surname, _, given = name.partition(",")
        given, more = split_credentials(_TITLES_AFTER.sub("", given).strip())
        credentials = ", ".join(c for c in (more, credentials) if c) or None
        is_place = " " in surname and (region(given) or region(given, "AU"))
        is_note = is_place or is_profession(given) or _PROFESSION_CLAUSE.match(given)
        name = _in_order(surname, "" if is_note else given)
    words = name.split()
    counted = sum(word.lower() not in PARTICLES and word not in _WITHIN_NAMES for word in words)
    if not 0 < counted <= 6 or (len(words) == 1 and (has_title(f"{words[0]} ") or not (titled or credentials))):
        return None
    if _NO_NAME_SIGN.search(name) or looks_like_organisation(name) or _NOT_A_NAME.search(name):
        return None
    if not all(map(_is_name_word, words)):
        return None
    suffix = SUFFIXES.get(words[-1].strip(".,").lower()) if len(words) > 2 else None
    if suffix:
        words[-1] = suffix
    return PersonName(name=capitalise(" ".join(words)), credentials=credentials, suffix=suffix)


def _without_note(text: str) -> str:
    """The text up to the first dash that something else than credentials follows."""
    head, *others = _DASHED.split(text)
    for other in others:
        if not _credentials_only(other):
            break
        head = f"{head}, {other}"
    return head


def _in_order(surname: str, given: str) -> str:
    """A name written surname first, given name first; what follows the surname may also be a suffix such as Jr."""
    if suffix := SUFFIXES.get(given.strip(" .").lower()):
        return f"{surname} {suffix}"
    return f"{given.split(',')[0].strip()} {surname.strip()}" if given else surname


def _is_name_word(word: str) -> bool:
    bare = word.strip(".,'’-")
    if not bare or bare.lower() in PARTICLES or bare in _WITHIN_NAMES:
        return bool(bare)
    begins = bare[0].isupper() or (not bare[0].isascii() and bare[0].isalpha()) or _SMALL_START.match(bare)
    return bool(begins) and all(c.isalpha() or c in ".'’-‘" for c in bare)


def capitalise(name: str) -> str:
    """A name in capitals as it is usually written ("MCDONALD" to "McDonald"); any other as it is."""
    letters = [c for c in name if c.isalpha()]
    with_case = [c for c in letters if c.lower() != c.upper()]
    if len(letters) < 4 or letters[0] not in with_case or not all(map(str.isupper, with_case)):
        return name
    return " ".join(_cased_word(word) for word in name.split(" "))


def _cased_word(word: str) -> str:
    if word.lower() in PARTICLES and len(word) > 1:
        return word.lower()
    titled = "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))
    titled = re.sub(r"\b(O['’]|D['’])([a-z])", lambda m: m.group(1) + m.group(2).upper(), titled)
    return re.sub(r"\b(Mc)([a-z])", lambda m: m.group(1) + m.group(2).upper(), titled)


def looks_like_person(text: str) -> bool:
    """Whether the whole text is one or more people's names."""
    return 3 <= len(text) <= 160 and bool(people(text))


@cache
def _professions() -> frozenset[str]:
    return _read_words("professions.txt")


@lru_cache(maxsize=20_000)
def is_profession(text: str) -> bool:
    """Whether a text of a few words ends in a profession: "Family Physician", "Board-certified Neurologist"."""
    words = re.findall(r"[^\W\d_]+", text)
    if not 0 < len(words) <= 6 or len(text) > 60 or re.search(r"[\d&@]", text):
        return False
    last = words[-1].upper()
    return last in _professions() or last.removesuffix("S") in _professions()


@lru_cache(maxsize=20_000)
def looks_like_organisation(text: str) -> bool:
    """Whether a text contains a word that clinics, pharmacies and companies have in their names."""
    return bool(_ORGANISATION.search(text))
