"""Who may do what: the whole table, the words of a refusal, the guardrails, the policy file."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from bot.policy import (
    Act,
    Actor,
    Allowed,
    Policy,
    Refused,
    Rules,
    Watch,
    guardrails,
    in_words,
    may,
    needs_someone_else,
    stays_with_another,
)
from bot.policy_file import PolicyError, groups_of, read
from bot.schedule import Schedule

EXAMPLE = Path(__file__).parent.parent / "policy.example.toml"


@dataclass(frozen=True)
class Request:
    requester: str


def member(user_id: str, *groups: str) -> Actor:
    return Actor(user_id=user_id, tz="UTC", groups=frozenset(groups))


ROBIN = member("U0ROBIN")  # asks
PAT = member("U0PAT")  # may ask too
ADA = member("U0ADA", "S0LEADS")  # approves, where the policy names approvers
SAM = replace(member("U0SAM"), is_admin=True)  # an admin that the policy does not name
ROBINS = Request("U0ROBIN")

OPEN = Rules()
SECOND = Rules(second_person=True)
LEADS = Rules(approvers=("S0LEADS",))
BOTH = Rules(approvers=("S0LEADS",), second_person=True)
ROBIN_ASKS = Rules(requesters=("U0ROBIN",), approvers=("S0LEADS",))

# Who may do what to Robin's change, where anybody may ask. R is Robin, P a colleague, A an
# approver where approvers are named, S an admin.
TABLE = """
                 nobody named        approvers named
                 alone    second     alone    second
    set          RPAS     RPAS       RPAS     RPAS
    create       RPAS     RPAS       RPAS     RPAS
    delete       RPAS     RPAS       RPAS     RPAS
    approve      R        PAS        A        A
    edit         R        R          R        R
    cancel       R        R          R        R
    reject       -        RPAS       A        A
    undo         RPAS     RPAS       RPAS     RPAS
    replace      R        RPAS       RA       RA
    see          RPAS     RPAS       RPAS     RPAS
"""
CELLS = [
    (Act(act), rules, allowed)
    for act, *columns in (line.split() for line in TABLE.splitlines()[3:])
    for rules, allowed in zip((OPEN, SECOND, LEADS, BOTH), columns, strict=True)
]
PEOPLE = {"R": ROBIN, "P": PAT, "A": ADA, "S": SAM}


@pytest.mark.parametrize(("act", "rules", "allowed"), CELLS)
def test_each_person_may_what_the_table_says(act: Act, rules: Rules, allowed: str) -> None:
    may_do_it = [
        letter for letter, person in PEOPLE.items() if may(person, act, rules, ROBINS) == Allowed()
    ]

    assert "".join(may_do_it) == allowed.strip("-")


def test_the_table_has_every_act_once() -> None:
    assert [act for act, rules, _ in CELLS if rules is OPEN] == list(Act)
    assert len(CELLS) == 4 * len(Act)


OUTSIDERS = {
    "full-members": replace(ADA, is_guest=True),
    "people": replace(ADA, is_bot=True),
    "active-members": replace(ADA, is_deactivated=True),
    "own-workspace": replace(ADA, is_stranger=True),
}


@pytest.mark.parametrize("rule", OUTSIDERS)
@pytest.mark.parametrize("rules", [OPEN, SECOND, LEADS, BOTH])
def test_outsiders_may_nothing_even_if_named_as_approvers_and_admins(
    rule: str, rules: Rules
) -> None:
    outsider = replace(OUTSIDERS[rule], is_admin=True)
    named = replace(rules, requesters=(ADA.user_id,))

    for act, owner in product(Act, (ADA.user_id, ROBIN.user_id)):
        verdict = may(outsider, act, named, Request(owner))
        assert isinstance(verdict, Refused)
        assert verdict.rule == rule
        assert "<" not in verdict.text  # an outsider is told of nobody


@pytest.mark.parametrize("asker", [ROBIN, ADA, SAM])
@pytest.mark.parametrize("rules", [SECOND, BOTH, replace(BOTH, approvers=("U0ROBIN", "U0SAM"))])
def test_with_a_second_person_nobody_approves_their_own(asker: Actor, rules: Rules) -> None:
    verdict = may(asker, Act.APPROVE, rules, Request(asker.user_id))

    assert isinstance(verdict, Refused)
    assert verdict.rule == "second-person"


def test_only_those_named_may_ask_and_the_others_hear_who() -> None:
    rules = Rules(requesters=("U0ROBIN", "S0ANALYSTS"))

    for act in (Act.SET, Act.CREATE, Act.DELETE, Act.UNDO):
        assert may(ROBIN, act, rules) == Allowed()
        assert may(member("U0KIM", "S0ANALYSTS"), act, rules) == Allowed()
        assert may(SAM, act, rules) == Refused(
            "requesters",
            "Changes of this connection can be asked for by <@U0ROBIN> or <!subteam^S0ANALYSTS>"
            " only.",
        )
    assert may(SAM, Act.SEE, rules) == Allowed()


def test_with_a_second_person_and_no_approvers_only_those_who_may_ask_decide() -> None:
    rules = Rules(requesters=("U0ROBIN", "U0PAT"), second_person=True)

    assert may(PAT, Act.APPROVE, rules, ROBINS) == Allowed()
    assert isinstance(may(SAM, Act.APPROVE, rules, ROBINS), Refused)
    assert isinstance(may(SAM, Act.REJECT, rules, ROBINS), Refused)


def test_who_may_no_longer_ask_cannot_confirm_what_they_asked_but_can_cancel_it() -> None:
    rules = Rules(requesters=("U0PAT",))

    assert isinstance(may(ROBIN, Act.APPROVE, rules, ROBINS), Refused)
    assert may(ROBIN, Act.CANCEL, rules, ROBINS) == Allowed()


def test_what_the_policy_does_not_allow_nobody_may() -> None:
    verdict = may(ADA, Act.DELETE, Rules(allow=(Act.SET,)))

    assert isinstance(verdict, Refused)
    assert verdict.rule == "allow"
    assert "be deleted from Slack" in verdict.text
    assert "add `delete` to `allow`" in verdict.text


@pytest.mark.parametrize(
    ("actor", "act", "rules", "words"),
    [
        (PAT, Act.CANCEL, OPEN, "Only <@U0ROBIN>, who asked for this change, can cancel it."),
        (PAT, Act.EDIT, OPEN, "Only <@U0ROBIN>, who asked for this change, can edit it."),
        (PAT, Act.APPROVE, OPEN, "This change is for <@U0ROBIN>, who asked for it, to confirm"),
        (PAT, Act.APPROVE, LEADS, "are decided by <!subteam^S0LEADS> only."),
        (PAT, Act.REPLACE, LEADS, "are decided by <!subteam^S0LEADS> only."),
        (ADA, Act.REPLACE, ROBIN_ASKS, "can be asked for by <@U0ROBIN> only."),
        (ROBIN, Act.APPROVE, BOTH, "another person has to approve it, even if you are an admin"),
        (ROBIN, Act.APPROVE, BOTH, ": <!subteam^S0LEADS>."),
        (ROBIN, Act.APPROVE, SECOND, ": any full member of the workspace but the requester."),
    ],
)
def test_a_refusal_tells_the_rule_and_who_could(
    actor: Actor, act: Act, rules: Rules, words: str
) -> None:
    verdict = may(actor, act, rules, ROBINS)

    assert isinstance(verdict, Refused)
    assert words in verdict.text


def test_what_another_decides_stays_theirs_as_long_as_the_policy_names_them() -> None:
    assert stays_with_another(LEADS, second_person=True)
    assert stays_with_another(SECOND, second_person=False)
    assert not stays_with_another(OPEN, second_person=True)
    assert not stays_with_another(LEADS, second_person=False)


def test_who_asked_is_not_told_to_ask_themselves() -> None:
    rules = Rules(approvers=("U0ROBIN", "U0PAT"), second_person=True)
    alone = Rules(approvers=("U0ROBIN",), second_person=True)

    told = [may(ROBIN, Act.APPROVE, some, ROBINS) for some in (rules, alone)]

    assert [
        verdict.text.rpartition(": ")[2] for verdict in told if isinstance(verdict, Refused)
    ] == [
        "<@U0PAT>.",
        "the policy names nobody else yet.",
    ]


def test_a_long_list_is_told_by_its_first_names() -> None:
    verdict = may(PAT, Act.APPROVE, Rules(approvers=tuple(f"U0LEAD{n}" for n in range(9))), ROBINS)

    assert isinstance(verdict, Refused)
    assert "<@U0LEAD4> or 4 more only" in verdict.text


@pytest.mark.parametrize("act", [Act.APPROVE, Act.REJECT, Act.CANCEL, Act.EDIT, Act.REPLACE])
def test_a_decision_without_its_change_is_an_error_and_never_a_yes(act: Act) -> None:
    with pytest.raises(ValueError, match=act.value):
        may(ADA, act, OPEN)


@pytest.mark.parametrize(
    ("actor", "rules"), list(product((ROBIN, ADA, SAM), (OPEN, SECOND, LEADS, BOTH)))
)
def test_a_change_needs_someone_else_just_where_its_requester_may_not_approve_it(
    actor: Actor, rules: Rules
) -> None:
    own = may(actor, Act.APPROVE, rules, Request(actor.user_id))

    assert needs_someone_else(actor, rules) == isinstance(own, Refused)


def test_runs_closer_than_the_policy_allows_are_refused_with_both_lengths() -> None:
    rules = Rules(min_interval=timedelta(minutes=15))
    schedule = Schedule.parse("0/5 8-18 ? * * *", "UTC")

    [words] = guardrails(rules, schedule, timedelta(minutes=5))

    assert words == (
        "Two runs would be only 5 minutes apart; the policy asks for at least 15 minutes between"
        " runs of a schedule. Choose fewer runs."
    )
    assert guardrails(rules, schedule, timedelta(minutes=15)) == ()
    assert guardrails(rules, schedule, None) == ()  # a single run has no distance


def test_a_zone_that_the_policy_does_not_list_is_refused_with_those_that_it_does() -> None:
    rules = Rules(zones=("Europe/London", "UTC"))

    [words] = guardrails(rules, Schedule.parse("0 8 ? * * *", "Asia/Tokyo"), None)

    assert words == (
        "The policy does not allow the time zone `Asia/Tokyo` for this connection."
        " Choose `Europe/London` or `UTC`."
    )
    assert guardrails(rules, Schedule.parse("0 8 ? * * *", "europe/london"), None) == ()


def test_the_rules_can_be_told_in_words() -> None:
    rules = Rules(
        requesters=("S0ANALYSTS",),
        approvers=("U0ADA", "U0LEE"),
        second_person=True,
        channels=("C0DATATEAM", "C0FINANCE"),
        expires=timedelta(hours=36),
        min_interval=timedelta(minutes=15),
        zones=("UTC",),
        allow=(Act.SET,),
    )

    assert in_words(rules) == (
        "<!subteam^S0ANALYSTS> may ask for changes.",
        "Nobody approves what they asked for, admins included; another does: <@U0ADA> or <@U0LEE>.",
        "A request expires after 1 day 12 hours.",
        "Changes are announced in <#C0DATATEAM> and <#C0FINANCE>.",
        "Runs of a schedule are at least 15 minutes apart.",
        "The time zone is `UTC`.",
        "Schedules cannot be created or deleted from Slack.",
    )
    assert in_words(Rules()) == (
        "Every full member of the workspace may ask for changes.",
        "Whoever asks confirms it themselves.",
        "A request expires after 8 hours.",
        "Changes are announced in channels that subscribed, and in no others.",
    )
    assert "<!subteam^S0LEADS> approves, also what they asked for themselves." in in_words(LEADS)


def policy(text: str) -> Policy:
    return read(text, file="policy.toml")


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        policy(text)
    return caught.value.faults


def test_an_empty_file_is_the_same_as_none() -> None:
    assert policy("") == Policy()
    assert Policy().for_connection("some-id", "Some name") == Rules()


def test_a_connection_inherits_field_by_field() -> None:
    found = policy(
        """
        [defaults]
        approvers = ["U0APPROVER"]
        expires = "30m"
        [connections."Production Snowflake"]
        expires = "2d"
        second_person = true
        """
    )

    assert found.for_connection("id", "Production Snowflake") == Rules(
        approvers=("U0APPROVER",), expires=timedelta(days=2), second_person=True
    )
    assert found.for_connection("id", "Production") == Rules(
        approvers=("U0APPROVER",), expires=timedelta(minutes=30)
    )


def test_a_connection_is_named_in_any_letter_case_and_its_id_goes_first() -> None:
    found = policy(
        """
        [connections."PRODUCTION “A” \u2013 snowflake"]
        expires = "1h"
        second_person = true
        [connections.F47AC10B-58cc-4372-a567-0e02b2c3d479]
        expires = "2h"
        """
    )

    by_both = found.for_connection(
        "f47ac10b-58cc-4372-a567-0e02b2c3d479", 'Production "A" - Snowflake'
    )

    assert by_both == Rules(expires=timedelta(hours=2), second_person=True)


def test_a_connection_named_like_anothers_id_does_not_get_its_rules() -> None:
    found = policy(
        """
        [defaults]
        second_person = true
        [connections.f47ac10b-58cc-4372-a567-0e02b2c3d479]
        second_person = false
        """
    )
    borrowed = "F47AC10B-58cc-4372-a567-0e02b2c3d479"
    assert found.for_connection("6d05e7b9-f318-4c72-84ae-2b9c70d15f36", borrowed).second_person
    assert not found.for_connection(borrowed, "Sandbox").second_person


def test_the_watch_is_off_until_it_is_switched_on() -> None:
    assert policy("").watch == Watch(enabled=False, every=timedelta(minutes=15))
    assert policy('[watch]\nenabled = true\nevery = "1h"').watch == Watch(
        enabled=True, every=timedelta(hours=1)
    )


def test_the_example_is_valid_and_its_defaults_are_those_without_a_file() -> None:
    found = policy(EXAMPLE.read_text("utf-8"))

    assert found.defaults == Rules()
    assert found.watch == Watch()
    assert groups_of(found) == {"S0ANALYSTS"}
    assert found.for_connection("id", "production snowflake").allow == (Act.SET, Act.CREATE)


def test_all_faults_are_told_at_once_in_order_each_with_its_line_and_key() -> None:
    text = """
[defaults]
second_person = "yes"
requesters = [
  "U0ABCDEF",  # fine
  "bob",
  7,
]
expires = "8 h"
alow = ["set"]
allow = ["sett", "drop"]
zones = ["Europe/Londno"]

[connections.Finance]
channels = "C0FINANCE"
expires = 8

[connections.finance]

[wacth]
every = "0m"
"""

    told = [fault.split(": ", 2) for fault in faults(text)]

    assert [(place, key) for place, key, _ in told] == [
        ("policy.toml:3", "defaults.second_person"),
        ("policy.toml:4", "defaults.requesters"),
        ("policy.toml:6", "defaults.requesters"),
        ("policy.toml:9", "defaults.expires"),
        ("policy.toml:10", "defaults.alow"),
        ("policy.toml:11", "defaults.allow"),
        ("policy.toml:11", "defaults.allow"),
        ("policy.toml:12", "defaults.zones"),
        ("policy.toml:15", "connections.Finance.channels"),
        ("policy.toml:16", "connections.Finance.expires"),
        ("policy.toml:18", "connections.finance"),
        ("policy.toml:20", "wacth"),
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('expires = "8 hours"', "`8 hours` is not a length of time. Write a number from 1 to 9999"),
        ("expires = 8", "`8` is not a length of time."),
        ('expires = "0h"', "`0h` is not a length of time."),
        ('min_interval = "10000d"', "`10000d` is not a length of time."),
        ("second_person = 1", "`1` is neither true nor false."),
        ('approvers = "U0APPROVER"', "`U0APPROVER` is not a list. Put it in `[` and `]`."),
        ('approvers = ["@ada"]', "`@ada` is no person and no user group. Write the id"),
        ('approvers = ["C0DATATEAM"]', "`C0DATATEAM` is no person and no user group."),
        ('approvers = ["SALES"]', "`SALES` is no person and no user group."),
        ("approvers = [true]", "`true` is not a text. Put it in quotes."),
        ('channels = ["#data-team"]', "`#data-team` is no channel. Write the id"),
        ('channels = ["U0APPROVER"]', "`U0APPROVER` is no channel."),
        ('zones = ["Europe/Londno"]', "`Europe/Londno` is no time zone. Write `Europe/London`"),
        ('allow = ["drop"]', "`drop` is nothing to allow. Write `set` or `create` or `delete`."),
        ('allow = ["creat"]', "`creat` is nothing to allow. Write `create`."),
        ('aprovers = ["U0APPROVER"]', "`aprovers` is no key of the policy. Write `approvers`."),
        ("approvers = {}", "a table is not a list."),
    ],
)
def test_a_fault_names_the_value_the_rule_and_the_repair(line: str, words: str) -> None:
    [fault] = faults(f"[defaults]\n{line}\n")

    assert fault.startswith("policy.toml:2: defaults.")
    assert words in fault


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[defaults\n", "policy.toml:1: not valid TOML"),
        ("\nexpires = 8h\n", "policy.toml:2: not valid TOML"),
        ("[defaults]\nexpires = [\n\n", "policy.toml:4: not valid TOML"),
        ("[watch]\n[watch]\n", "policy.toml:2: not valid TOML"),
        ("defaults = 1\n", "policy.toml:1: defaults: `1` is not a table"),
        ("[defaults]\n[[watch]]\n", "policy.toml:2: watch: a list is not a table"),
        ("[connections]\nFinance = 1\n", "policy.toml:2: connections.Finance: `1` is not a table"),
        ('connections.Finance.expires = "x"\n', "policy.toml:1: connections.Finance.expires: "),
        ('[connections."a.b"]\nexpires = "x"\n', 'policy.toml:2: connections."a.b".expires: '),
        ('connections = { Finance = { expires = "x" } }\n', "policy.toml:1: connections.Finance"),
        ('[connections." "]\n', 'policy.toml:1: connections." ": ` ` names no connection'),
    ],
)
def test_every_way_to_write_a_fault_leads_to_its_line(text: str, place: str) -> None:
    [fault] = faults(text)

    assert fault.startswith(place)
