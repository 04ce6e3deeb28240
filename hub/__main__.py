"""``python -m hub``: the command ``hub``."""

from hub.cli import main

main()
