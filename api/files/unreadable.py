"""Why something that people wrote cannot be read.

::

    UnreadableText        a text is not YAML
    └── NotJson           it is YAML, but has a value that JSON has no form for
    UnreadableSentence    a sentence stands for no change, chance or list of dates
    UnreadableFile        a file, with its name, the line if it is known, and the reason
    └── UnknownFormat     neither its suffix nor the caller says which format it has
"""


class UnreadableText(ValueError):
    """The text is not YAML; the message says why, and in which line."""


class NotJson(UnreadableText):
    """The text is YAML, but has a value in its ``line`` that JSON has no form for; the message has its JSON pointer."""

    def __init__(self, why: str, line: int, pointer: str = "") -> None:
        super().__init__(f"{pointer}: {why}" if pointer else why)
        self.line = line


class UnreadableSentence(ValueError):
    """The sentence has none of the known forms; the message says which word is the first to be wrong."""


class UnreadableFile(ValueError):
    """The file cannot be read; the message names it, the line if that is known, and the reason."""


class UnknownFormat(UnreadableFile):
    """The format of the file is neither stated nor told by its suffix."""
