"""Comparing what somebody claims with a secret, without telling by the time it takes how much of it is right."""

from __future__ import annotations

import hmac


def same(claimed: str, secret: str) -> bool:
    """Compare in constant time; a secret that is not there equals nothing."""
    equal = hmac.compare_digest(claimed.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))
    return equal and bool(secret)
