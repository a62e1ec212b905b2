"""The ids that join what is drawn to what listens: one place, so that neither drifts."""

# Buttons on a change's card; each carries the change's id and nothing else.
APPROVE = "approve"
EDIT = "edit"
CANCEL = "cancel"
REJECT = "reject"
UNDO = "undo"
RECHECK = "recheck"
REPLACE = "replace"  # and after the id the command that takes its place

# Buttons that carry a whole command, to be parsed and checked as if it were typed.
RUN = "run"

# Opens the form, filled in with the command that the button carries.
OPEN_FORM = "open_form"

# Buttons and menus of lists.
PAGE = "page"
SHOW_CONNECTION = "show_connection"

# Buttons of App Home.
REVIEW = "review"
HOME_PAGE = "home_page"
LOOK_AGAIN = "look_again"

# Views.
FORM = "change_form"
REJECT_FORM = "reject_form"
REVIEW_FORM = "review_form"

# What carries the id of the change that it is about.
BUTTONS_OF_A_CHANGE = frozenset({APPROVE, EDIT, CANCEL, REJECT, UNDO, RECHECK, REPLACE, REVIEW})
FORMS_OF_A_CHANGE = frozenset({REJECT_FORM, REVIEW_FORM})

# Parts of the form; a field error names the block.
CONNECTION = "connection"
SCHEDULE = "schedule"
WHEN = "when"
ZONE = "zone"
REASON = "reason"

# The global shortcut, as in manifest.yaml.
CHANGE_SHORTCUT = "change_schedule"
