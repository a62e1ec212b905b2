"""Whatever stands in a policy file, it is read, or refused with its file and line."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.policy_file import PolicyError, read

KEYS = (
    *("requesters", "approvers", "second_person", "channels", "expires", "min_interval"),
    *("zones", "allow", "enabled", "every", "reqesters"),
)
VALUES = (
    *("[]", '["U0APPROVER"]', '["S0ANALYSTS", 3]', "true", "1", "-0.5", "nan", "2026-11-23"),
    *('"8h"', '"0m"', '"9999999999d"', '"15m"', '["Europe/London"]', '["set"]', "{}", "[[]]"),
)
TABLES = (
    *("[defaults]", "[watch]", "[connections.a]", '[connections."Production Snowflake"]'),
    *("[connections]", "[[defaults]]", "[conections.a]", '[connections.""]'),
)
lines = st.lists(
    st.sampled_from(TABLES)
    | st.builds("{} = {}".format, st.sampled_from(KEYS), st.sampled_from(VALUES))
    | st.text(max_size=20),
    max_size=12,
)


@given(lines.map("\n".join) | st.text(max_size=200))
def test_a_policy_is_read_or_refused_with_its_line(text: str) -> None:
    faults: tuple[str, ...] = ()
    try:
        read(text, file="policy.toml")
    except PolicyError as error:
        faults = error.faults
    assert all(re.match(r"policy\.toml(:\d+)?: ", fault) for fault in faults)
