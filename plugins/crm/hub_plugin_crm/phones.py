"""Telephone numbers as people write them, ready to be called."""

from __future__ import annotations

import phonenumbers

from hub.plugin import Phone


def phone(written: str, region: str) -> Phone:
    """Return a number as ``+7 999 000-11-22``; what is no number of *region* or the world stays as it was written."""
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return Phone(number=written)
    if not phonenumbers.is_possible_number(number):
        return Phone(number="".join(char for char in written if char in "+0123456789"), shown=written)
    return Phone(
        number=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        shown=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
    )
