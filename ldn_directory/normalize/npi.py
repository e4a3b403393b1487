"""The National Provider Identifier: ten digits, the last of which checks the others."""

from __future__ import annotations

ISSUER = "80840"
"""What an NPI is prefixed with for its check digit: health (80), United States (840)."""


def check_digit(nine: str) -> str:
    """The tenth digit: Luhn's formula (ISO/IEC 7812-1) over the prefix and the first nine."""
    total = 0
    for place, digit in enumerate(reversed(ISSUER + nine)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_npi(text: str) -> bool:
    """Whether a text is an NPI that could have been given out: ten digits, 1 or 2 first, with the right check digit."""
    return (
        len(text) == 10 and text.isascii() and text.isdigit() and text[0] in "12" and check_digit(text[:9]) == text[9]
    )
