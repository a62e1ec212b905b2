"""What is said of a valid schedule: when it runs, how often, and what to know before deciding."""

from bot.told.cautions import Caution, cautions
from bot.told.describe import describe
from bot.told.workload import NEVER, load_in_words

__all__ = ["NEVER", "Caution", "cautions", "describe", "load_in_words"]
