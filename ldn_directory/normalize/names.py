"""People's names as lists write them: titles, credentials, surname first, several in one entry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

MOST = 300
SUFFIXES = {"jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV"}
PARTICLES = frozenset(
    [
        "de",
        "del",
        "della",
        "der",
        "den",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "van",
        "von",
        "ter",
        "ten",
        "zu",
        "zum",
        "vom",
        "bin",
        "ibn",
        "al",
        "el",
        "st",
        "saint",
        "af",
        "av",
    ]
)
_TITLE = re.compile(
    r"^(?:dr\.?\s?ssa\b\.?|dipl\.?[\s.-]*(?:psych|med|ing|biol|chem|pharm|kfm|oec)\b\.?|(?:dent|pharm|vet|phil|medic|sc|psych)\b\.\s|mudr\b\.?|pr\.\s|overlege\b|overl[æä]ge\b|(?:univ[.\s-]*)?(?:prof(?:essor)?|doz|pd|priv[.-]*doz)(?:essor(?:in)?)?\b\.?|dr(?:a|s)?\b\.?|dott(?:\.?\s?ssa|oressa|ore)?\b\.?|doctor\b|doktor\b|doctora\b|docteur\b"
    r"|mrs?\b\.?|ms\b\.?(?=\s+[A-Z])|miss\b|mx\b\.?|herr\b|frau\b|dhr\b\.?|mevr(?:ouw)?\b\.?|de heer\b|sig(?:\.?ra)?\b\.?|sr(?:a)?\.\s|mme\b\.?|m\.\s|mag\b\.?"
    r"|med\b\.?|univ\b\.?|dipl\b\.?|habil\b\.?|rer\b\.?|nat\b\.?|h\.?\s?c\.|leg(?:e)?\.?\s|arts\b|huisarts\b|lege\b|läkare\b|läge\b|lek\.\s|sir\b|pharmacist\b|د\.?\s|دكتورة?\b|الدكتورة?\b|ד[״\"]ר\b|ד'ר\b|д-р\b|доктор\b|δρ\b\.?)\s*",
    re.IGNORECASE,
)
_DOCTOR = re.compile(
    r"\s*(?:(?:prof|dr|dra|drs|doctor|dott|doktor|دكتورة?|الدكتورة?|ד[״\"]ר|д-р|доктор|δρ)\b|د\.?\s)", re.IGNORECASE
)
_ORGANISATION = re.compile(
    r"\b(?:clinics?|cent(?:er|re)s?|pharmac(?:y|ies)|health(?:care)?|medical|medicine|wellness|hospital|institute?|associates?|group|practice|surgery|llc|inc|pllc|p\.?c|ltd|llp|plc|gmbh|s\.?r\.?l|compounding|"
    r"apothe(?:ke|ek)|apotek(?:et)?|praxis|praktijk|klinik(?:k|ken|en|um)?|kliniek|gezondheidscentrum|huisartsen(?:praktijk)?|legesenter|legekontor|legesenteret|l[æä]kar(?:e|mottagning|hus)|vårdcentral|farmaci[ae]|pharmacie|farmàcia|centro|cl[ií]nica|"
    r"studio|ambulatorio|ospedale|cabinet|clinique|consult(?:a|[oó]rio)|centre|maison|university|school|foundation|society|services?|solutions?|therap(?:y|ies|eutics)|care|naturopath(?:y|ics)|chiropractic|acupuncture|integrative|functional|holistic|"
    r"family|chemists?|drugs?|drugstore|rx|labs?|telehealth|telemedicine|online|spa|nutrition|physicians|doctors|specialists?|consultants|partners|co|company|corp|team|home|zentrum|mvz|ordination|tagesklinik|mottagning)\b|[&®™]",
    re.IGNORECASE,
)
_COMPOUND_ORGANISATION = re.compile(
    r"(?:apotheke|klinik|zentrum|praxis|apoteket?|klinikken|praktijk|centrum|legesenter|sykehus|ziekenhuis|krankenhaus|mottagning|vårdcentral)\b",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"\b(?:read more|learn more|click|contact|about|home|menu|search|directory|find|map|directions|website|email|phone|tel|fax|address|visit|view|details|appointment|book|login|sign|privacy|terms|copyright|new patients|"
    r"hours|open|closed|monday|results?|showing|page|next|previous|filter|sort|state|country|province|city|zip|practitioners?|providers?|physicians?|doctors?|prescribers?|pharmacists?|all|more|blog|news|event|donate|subscribe|newsletter|"
    r"street|avenue|road|suite|floor|north america|united states|united kingdom|telehealth|available|not|yes|no|unknown|information|list|members?|the|our|your|you|we|us|is|are|for|with|from|what|how|why|this|that|please)\b",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:;|\s&\s|\sand\s|\sund\s|\bog\b|\boch\b|\set\s|\se\s(?=[A-Z])|\sy\s(?=[A-Z])|\s/\s|\n)\s*")
_PROFESSION_CLAUSE = re.compile(
    r"(?:fach[aä]rzt\w*|[aä]rzt(?:in)?|internist\w*|spesialist|specialist\w*|spécialiste|especialista|specialista|huisarts|allmennlege|médecin|médico|medico)\b",
    re.I,
)
"""A profession with what it is for, after a name: "Fachärztin für Allgemeinmedizin"."""
_DASHED = re.compile(r"\s[-–|]\s")
_NICKNAME = re.compile(r"\s*\"[^\"]{1,20}\"|\s*[“(][^”)]{1,20}[”)]")
_UNSEEN = re.compile(r"[\u200b\u200e\u200f\u2063®™*]")
_NEXT_TITLED = re.compile(r",?\s+(?=(?:Dr|Prof|Dra)\.?\s)")
_CREDENTIAL_GAPS = re.compile(r"(\s*[,;]\s*|\s+|\s*[/|]\s*)")
_BRACKETS = re.compile(r"\(([^()]{2,60})\)\s*$")
_INITIALS = re.compile(r",\s*[A-Z]\.\s[A-Z]\.\s*$")
_WORD = re.compile(r"[^\W\d_][^\s,]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """One person: the name without titles, credentials joined by ", ", a suffix such as Jr. or III (also in the name)."""

    name: str
    credentials: str | None = None
    suffix: str | None = None


def _squeezed(token: str) -> str:
    return re.sub(r"[^A-Za-zäöüÄÖÜ]", "", token).upper()


@cache
def _credentials() -> frozenset[str]:
    return _listed("credentials.txt")


@cache
def _plain() -> frozenset[str]:
    return _listed("credentials_plain.txt")


def _listed(name: str) -> frozenset[str]:
    text = files("ldn_directory.normalize").joinpath(name).read_text("utf-8")
    return frozenset(word.upper() for line in text.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=50_000)
def is_credential(token: str) -> bool:
    """Whether one token is a credential; those that are also words or surnames only in capitals or with dots."""
    bare = token.strip(" ,;()[]*®™")
    squeezed = _squeezed(bare)
    if not 2 <= len(squeezed) <= 16 or squeezed not in _credentials():
        parts = re.split(r"[-/]", bare)
        return (
            len(parts) > 1
            and all(
                len(_squeezed(part)) >= 1 and (_squeezed(part) in _credentials() or len(part) <= 2) for part in parts
            )
            and _squeezed(parts[0]) in _credentials()
        )
    letters = re.sub(r"[^A-Za-z]", "", bare)
    if squeezed in _plain():
        return (
            sum(map(str.isupper, letters)) >= 2
            or "." in bare.rstrip(".")
            or (bare.endswith(".") and len(letters) > 1 and letters.isupper())
        )
    return (
        letters.isupper()
        or (letters[0].isupper() and (any(c.isupper() for c in letters[1:]) or "." in bare or len(letters) > 8))
        or "." in bare.rstrip(".")
    )


def split_credentials(text: str) -> tuple[str, str | None]:
    """(the rest, credentials joined by ", ") of one name, taken from the right and from brackets."""
    source = " ".join(text[:MOST].split())
    found: list[str] = []
    bracket = _BRACKETS.search(source) if "(" in source else None
    if bracket and all(is_credential(t) for t in re.split(r"[,\s/]+", bracket.group(1)) if t):
        found = [t for t in re.split(r"[,\s/]+", bracket.group(1)) if t]
        source = source[: bracket.start()].rstrip()
    source = (
        re.sub(r"\b([A-Z])\.\s(?=[A-Z]\.(?:[\s,]|$))", r"\1.", source)
        if source.endswith(".") and _INITIALS.search(source)
        else source
    )
    tokens = _CREDENTIAL_GAPS.split(source)
    end = len(tokens)
    while end > 1 and (not tokens[end - 1].strip(" ,;/|-–") or is_credential(tokens[end - 1])):
        if tokens[end - 1].strip(" ,;/|-–"):
            found.insert(0, tokens[end - 1].strip(" ,;"))
        end -= 1
    rest = "".join(tokens[:end]).strip(" ,;/|-–")
    if not rest and found:
        return "", ", ".join(found)
    return rest, ", ".join(dict.fromkeys(_tidy(c) for c in found)) or None


def _tidy(credential: str) -> str:
    bare = credential.strip(" ,;()[]*")
    return bare.replace(".", "") if re.fullmatch(r"(?:[A-Za-z]{1,4}\.)+[A-Za-z]{0,4}\.?", bare) else bare


def without_title(text: str) -> str:
    """The text without leading titles, in nine languages."""
    rest = text.strip()
    while (match := _TITLE.match(rest)) and match.end():
        shorter = rest[match.end() :].lstrip(" .,")
        if not shorter:
            break
        rest = shorter
    return rest


def has_title(text: str) -> bool:
    """Whether a text starts like "Dr." or "Prof."."""
    return bool(_DOCTOR.match(text))


def people(text: str) -> tuple[PersonName, ...]:
    """The people that a text names, in order; () if it names none, as for an organisation."""
    source = (text if text.isascii() and "*" not in text else _UNSEEN.sub("", text))[:MOST].strip(" -–|•:")
    if not source:
        return ()
    parts = [part for part in _JOIN.split(source) if part.strip()]
    if len(parts) > 1:
        singles = [_person(part) for part in parts]
        if all(singles):
            return tuple(_shared_surname([single for single in singles if single]))
    several = _NEXT_TITLED.split(source)
    if len(several) > 1 and all(_person(part) for part in several):
        return tuple(person for part in several if (person := _person(part)))
    one = _person(source)
    return (one,) if one else ()


def _shared_surname(singles: list[PersonName]) -> list[PersonName]:
    last = singles[-1].name.split()
    return [
        PersonName(name=f"{single.name} {last[-1]}", credentials=single.credentials, suffix=single.suffix)
        if " " not in single.name and len(last) > 1
        else single
        for single in singles
    ]


@lru_cache(maxsize=20_000)
def _person(text: str) -> PersonName | None:
    titled = has_title(text)
    rest, credentials = split_credentials(_DASHED.split(without_title(text), 1)[0])
    rest = without_title(rest.partition("(")[0].rstrip()).strip(" ,;.")
    dotted = _NICKNAME.sub("", rest)
    if "," in dotted:
        surname, _, given = dotted.partition(",")
        given, more = split_credentials(given.strip())
        if is_profession(given) or _PROFESSION_CLAUSE.match(given):
            given = ""
        credentials = ", ".join(c for c in (more, credentials) if c) or None
        if not given:
            dotted = surname
        else:
            ending = given.strip(" .").lower()
            dotted = (
                f"{surname} {SUFFIXES[ending]}"
                if ending in SUFFIXES
                else f"{given.split(',')[0].strip()} {surname.strip()}"
            )
    words = dotted.split()
    if (
        not words
        or len(words) > 6
        or (len(words) == 1 and has_title(f"{words[0]} "))
        or not (titled or credentials or len(words) >= 2)
    ):
        return None
    if (
        any(ch.isdigit() or ch in "@:/?!" for ch in dotted)
        or looks_like_organisation(dotted)
        or _NOT_A_NAME.search(dotted)
    ):
        return None
    if not all(_name_word(word) for word in words):
        return None
    suffix = SUFFIXES.get(words[-1].strip(".,").lower()) if len(words) > 2 else None
    if suffix:
        words[-1] = suffix
    return PersonName(name=cased(" ".join(words)), credentials=credentials, suffix=suffix)


def _name_word(word: str) -> bool:
    bare = word.strip(".,'’-")
    if not bare:
        return False
    if bare.lower() in PARTICLES:
        return True
    return (
        bare[0].isupper()
        or (not bare[0].isascii() and bare[0].isalpha())
        or bare[:2].lower() in ("d'", "d’", "o'", "o’")
    ) and all(c.isalpha() or c in ".'’-‘" for c in bare)


def cased(name: str) -> str:
    """A name in capitals as it is usually written ("MCDONALD" to "McDonald"); any other as it is."""
    letters = [c for c in name if c.isalpha()]
    if (
        len(letters) < 4
        or not all(c.isupper() for c in letters if c.lower() != c.upper())
        or (not letters[0].isascii() and letters[0].lower() == letters[0].upper())
    ):
        return name
    return " ".join(_cased_word(word) for word in name.split(" "))


def _cased_word(word: str) -> str:
    if word.strip(".").upper() in ("II", "III", "IV") or re.fullmatch(r"(?:[A-Z]\.)+", word):
        return word
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
    return _listed("professions.txt")


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
    """Whether a text bears a word that clinics, pharmacies and companies have in their names."""
    return bool(_ORGANISATION.search(text) or _COMPOUND_ORGANISATION.search(text))
