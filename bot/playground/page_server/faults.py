"""The switches of both stand-ins, by name, for the page."""

from collections.abc import Mapping

from bot.playground.omni import Fault, OmniStandIn, Requests
from bot.playground.slack import SlackStandIn

LATE = 5.0  # seconds: past Slack's three, within what the bot waits for Omni

OMNI_LABELS = {
    Fault.SLOW: f"Answers after {LATE:.0f} seconds",
    Fault.RATE_LIMITED: "Says “too many requests” (429)",
    Fault.FAILING: "Fails (500)",
    Fault.DROPS_REQUEST: "Hangs up on the next write",
    Fault.DROPS_ANSWER: "Loses the answer to the next write",
    Fault.NOT_HELD: "Says it wrote, but did not",
    Fault.EDITED: "Somebody edits just before the next approval",
    Fault.RESETS_HARD_REFRESH: "Turns hard refresh off at each write",
    Fault.BAD_KEY: "Refuses the API key",
    Fault.NO_ROLE: "Refuses the role of the key",
    Fault.NONSENSE: "Answers with a login page",
}
# These are about one moment: they befall the next such request, and are off again. What is
# approved is read once more before it is written, and somebody comes in just before that.
ONCE: Mapping[Fault, Requests] = {
    Fault.DROPS_REQUEST: Requests.WRITES,
    Fault.DROPS_ANSWER: Requests.WRITES,
    Fault.EDITED: Requests.ONE_READ,
}


# By the name of the stand-in's attribute, with the value that switches it on; nothing is off.
SLACK_FAULTS: Mapping[str, tuple[str, object]] = {
    "slow": (f"Answers after {LATE:.0f} seconds", LATE),
    "retry_after": ("Says “too many requests” (429)", 1),
    "down": ("Is down (503)", True),
    "twice": ("Delivers everything twice", True),
}


def slack_faults(slack: SlackStandIn) -> list[dict[str, object]]:
    """Return Slack's switches as they stand."""
    return [
        {"name": name, "label": label, "on": bool(getattr(slack.faults, name))}
        for name, (label, _) in SLACK_FAULTS.items()
    ]


def omni_faults(omni: OmniStandIn) -> list[dict[str, object]]:
    """Return Omni's switches as they stand."""
    on = {switch.fault for switch in omni.faults.on}
    return [
        {"name": fault.value, "label": label, "on": fault in on}
        for fault, label in OMNI_LABELS.items()
    ]


def switch_slack(slack: SlackStandIn, name: str, *, on: bool) -> None:
    """Switch one of Slack's faults; raises KeyError for a name that there is not."""
    _, value = SLACK_FAULTS[name]
    setattr(slack.faults, name, value if on else type(value)())
    slack.pulse.beat()


def switch_omni(omni: OmniStandIn, name: str, *, on: bool) -> None:
    """Switch one of Omni's faults; raises ValueError for a name that there is not."""
    fault = Fault(name)
    if not on:
        omni.faults.switch_off(fault)
    elif fault in ONCE:
        omni.faults.switch_on(fault, requests=ONCE[fault], times=1)
    else:
        omni.faults.switch_on(fault, seconds=LATE if fault is Fault.SLOW else None)


def switch_all_off(slack: SlackStandIn, omni: OmniStandIn) -> None:
    """End every fault of both."""
    for name in SLACK_FAULTS:
        switch_slack(slack, name, on=False)
    omni.faults.clear()
