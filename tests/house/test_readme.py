"""The README names every setting, and only those; its console blocks are run by ``test_console_blocks.py``."""

import re

from api.settings import OF_THE_COMMAND_LINE, OF_THE_SERVICE
from tests.running.console import ROOT

README = ROOT / "README.md"


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"^\| `(COALITION_\w+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == {*OF_THE_SERVICE, *OF_THE_COMMAND_LINE}
