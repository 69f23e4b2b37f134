"""The README names every setting, and only those; its console blocks are run by ``test_console_blocks.py``."""

import re

from tests.running.console import ROOT

README = ROOT / "README.md"
SETTING = re.compile(r"COALITION_[A-Z_]+\b")


def test_every_setting_is_documented() -> None:
    documented = set(re.findall(r"^\| `(COALITION_\w+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        name for module in ROOT.glob("api/**/*.py") for name in SETTING.findall(module.read_text(encoding="utf-8"))
    }
    assert documented == asked
