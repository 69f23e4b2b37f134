"""How what people write fails to be read; the command line turns both into its own failure."""


class UnreadableFile(Exception):
    """A file cannot be read as it is; the message names the file, the line and the reason."""


class UnreadableOption(UnreadableFile):
    """The same for the text of an option; the message begins with the option's name."""
