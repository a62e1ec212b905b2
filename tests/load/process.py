"""The bot as `python -m bot` runs it, with Omni's minute made shorter.

`python -m tests.load.process 0.3` counts 60 requests in 0.3 s instead of in a minute; whoever
comes too early waits as always. With a whole minute a load would be one long wait.
"""

import sys

from bot.__main__ import main
from bot.omni import budget

if __name__ == "__main__":
    budget.WINDOW = float(sys.argv[1])
    sys.exit(main(["serve"]))
