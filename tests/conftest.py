"""Fixtures that every test may ask for."""

from hypothesis import settings

pytest_plugins = ("tests.databases", "tests.world")

# A busy machine is no bug: how long one example takes says nothing here.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
