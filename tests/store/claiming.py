"""A process in which several people approve the same changes in the same instant.

`python -m tests.store.claiming <database> <people> <change> …` prints, as JSON, who won
each attempt.
"""

import asyncio
import json
import os
import sys

from bot.change import Event
from bot.database import connect
from bot.store import ChangeStore
from tests.store.samples import by
from tests.store.together import wait_for_the_others


async def main(url: str, people: int, changes: list[str]) -> None:
    """Attempt each change once a person, and print [change, won, winner] for each."""
    engine = connect(url)
    store = ChangeStore(engine)
    await store.ping()
    wait_for_the_others()
    attempts = [
        (change, store.move(change, Event.APPROVE, by(f"U0{os.getpid()}X{person}")))
        for change in changes
        for person in range(people)
    ]
    results = await asyncio.gather(*(attempt for _, attempt in attempts))
    await engine.dispose()
    told = [(result.change.id, result.won, result.change.decided_by) for result in results]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
