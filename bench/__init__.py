"""Measurements: every goal has one module and one command; ``python -m bench`` runs all of them."""

import sys
from pathlib import Path

#: The private servers and processes of the tests serve here too.
_TESTS = str(Path(__file__).parents[1] / "tests")
if _TESTS not in sys.path:
    sys.path.append(_TESTS)
