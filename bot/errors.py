"""Errors whose text is meant for the person who caused them."""


class PersonError(Exception):
    """Say in plain sentences what is wrong and what to do next.

    Whoever catches it shows `text`, and `hint` where there is one, to the person as they stand.
    An error of any other kind is ours: it is logged, and the person gets a reference to it.
    """

    def __init__(self, text: str, *, hint: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
