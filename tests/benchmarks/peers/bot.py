"""The bot as `python -m bot` runs it, with a minute of Omni's made shorter.

Sixty requests a minute would leave most of a benchmark waiting for Omni's turn.
"""

import sys

from bot.__main__ import main
from bot.omni import budget

if __name__ == "__main__":
    budget.WINDOW = float(sys.argv[1])
    sys.exit(main(["serve"]))
