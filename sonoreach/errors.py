"""The exception tree of SonoReach; the command line turns each branch into its exit code.

SonoReachError
├── InputError        bad input at the door (file, argument, protocol, model): exit code 2
└── EndedEarly        a safety stop, or planes that could not be obtained: exit code 3
"""


class SonoReachError(Exception):
    """Base of every error that SonoReach raises on purpose; its text is a sentence for the user."""

    exit_code = 1


class InputError(SonoReachError):
    """Input from outside was refused; the text says what was wrong and what is allowed."""

    exit_code = 2


class EndedEarly(SonoReachError):
    """The exam stopped before its end; the text gives the reason."""

    exit_code = 3
