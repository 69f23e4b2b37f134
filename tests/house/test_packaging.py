"""The image and the composition, checked without a container engine.

The Dockerfile's steps are replayed in a directory of our own; what it would start is started from there. The one step
that is not replayed is the installation of uv, which `make` does with the same command and version.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running.postgres import free_port

ROOT = Path(__file__).parents[2]
READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile: its word and the rest of its line."""

    word: str
    rest: str

    def words(self) -> list[str]:
        """Split the rest as a shell or JSON array would."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


@cache
def dockerfile() -> tuple[Step, ...]:
    """Read the Dockerfile's instructions, comments dropped and continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return tuple(Step(*line.split(maxsplit=1)) for line in joined.splitlines() if line.strip())


def stages() -> list[list[Step]]:
    """Part the instructions at each FROM."""
    parts: list[list[Step]] = []
    for step in dockerfile():
        if step.word == "FROM":
            parts.append([])
        parts[-1].append(step)
    return parts


def only(word: str, stage: list[Step]) -> Step:
    """Find the stage's only instruction of this kind."""
    (step,) = [step for step in stage if step.word == word]
    return step


def settings(stage: list[Step]) -> dict[str, str]:
    """Collect a stage's ENV."""
    pairs = [word.split("=", 1) for step in stage if step.word == "ENV" for word in step.words()]
    return dict(pairs)


def health_check() -> list[str]:
    """Find the command of the image's HEALTHCHECK."""
    _, command = only("HEALTHCHECK", stages()[-1]).rest.split("CMD", 1)
    checked: list[str] = json.loads(command)
    return checked


@cache
def composition() -> dict[str, Any]:
    """Read docker-compose.yml."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def sent_to_the_engine(path: Path) -> bool:
    """Whether .dockerignore, which here forbids all and then names what may go, lets `path` through."""
    allowed = [line[1:].rstrip("/") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    return any(path == Path(name) or Path(name) in path.parents for name in allowed)


# --- the Dockerfile as text -------------------------------------------------------------------------------------------


def test_each_instruction_is_one_that_docker_knows() -> None:
    known = {"FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {step.word for step in dockerfile()} <= known
    assert dockerfile()[0].word == "FROM"


def test_each_copied_source_is_there_and_reaches_the_engine() -> None:
    copied = [step.words() for step in dockerfile() if step.word == "COPY" and "--from=" not in step.rest]
    sources = [Path(source) for words in copied for source in words[:-1]]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if not sent_to_the_engine(source)] == []


def test_the_image_has_every_package_that_the_wheel_has() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    packages = re.search(r"^packages = (\[.*\])$", project, re.MULTILINE)
    assert packages is not None
    copied = {step.words()[0] for step in stages()[0] if step.word == "COPY"}
    assert set(json.loads(packages[1])) <= copied


def test_no_secret_and_no_data_reach_the_engine() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    for path in (".env", "data/ledger.sqlite3", ".git/config", ".venv/bin/python", "tests/conftest.py"):
        assert not sent_to_the_engine(Path(path)), path


def test_image_and_makefile_install_the_same_uv() -> None:
    version = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert version is not None
    assert any(step.word == "RUN" and step.words()[-1] == f"uv=={version[1]}" for step in dockerfile())


def test_both_stages_have_the_same_python() -> None:
    first, last = (only("FROM", stage).words()[0] for stage in stages())
    assert first == last


def test_the_service_runs_without_rights() -> None:
    user = only("USER", stages()[-1]).rest
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert f"--chown={user}" in "".join(step.rest for step in stages()[-1] if step.word == "COPY")


def test_the_same_port_is_used_everywhere() -> None:
    command = only("CMD", stages()[-1]).words()
    port = command[command.index("--port") + 1]
    assert only("EXPOSE", stages()[-1]).rest == port
    assert health_check()[-1] == f"http://127.0.0.1:{port}/health/ready"
    (published,) = composition()["services"]["ledger"]["ports"]
    assert published.endswith(f":{port}")


# --- the composition --------------------------------------------------------------------------------------------------


def test_each_service_is_checked_for_health_and_the_ledger_waits_for_postgres() -> None:
    services = composition()["services"]
    assert set(services) == {"ledger", "postgres"}
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] == "CMD", name
    assert services["ledger"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["ledger"]["healthcheck"]["test"][1:] == health_check()


def test_the_data_of_postgres_is_in_a_declared_volume() -> None:
    mounted = {volume.split(":")[0] for volume in composition()["services"]["postgres"]["volumes"]}
    assert mounted == set(composition()["volumes"])


def test_the_ledger_uses_the_database_that_postgres_makes() -> None:
    services = composition()["services"]
    asked = services["ledger"]["environment"]["COALITION_DATABASE_URL"]
    made = services["postgres"]["environment"]
    assert asked == (
        f"postgresql://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@postgres:5432/{made['POSTGRES_DB']}"
    )


def test_the_password_has_no_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{COALITION_POSTGRES_PASSWORD([^}]{2})", text) == [":?", ":?"]


def test_only_loopback_is_published_and_open_reading_is_explicit() -> None:
    services = composition()["services"]
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", []))
    assert services["ledger"]["environment"]["COALITION_OPEN_READING"] == "beyond-loopback"


# --- the health check, run --------------------------------------------------------------------------------------------


@pytest.fixture
def answering() -> Iterator[tuple[HTTPServer, list[int]]]:
    """Serve, on loopback, whatever status the list holds at the moment."""
    status: list[int] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[0] if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server, status
    server.shutdown()
    thread.join()
    server.server_close()


def is_healthy(port: int) -> bool:
    """Run the health check's script against a port."""
    url = f"http://127.0.0.1:{port}/health/ready"
    misled = {**os.environ, "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run([sys.executable, ROOT / "docker/ready.py", url], check=False, env=misled).returncode == 0


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False), (500, False)])
def test_ready_is_200_and_nothing_else(answering: tuple[HTTPServer, list[int]], status: int, healthy: bool) -> None:
    server, statuses = answering
    statuses.append(status)
    assert is_healthy(server.server_port) is healthy


def test_a_service_without_an_answer_is_not_healthy() -> None:
    assert not is_healthy(free_port())


# --- the image's steps, replayed --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """What the build leaves behind, below a directory instead of at the root."""

    root: Path

    def at(self, text: str) -> str:
        """Move the image's absolute paths below our directory."""
        return re.sub(r"(?<![\w.])/(app|var/lib/coalition)\b", lambda found: f"{self.root}/{found[1]}", text)

    def settings(self, stage: list[Step]) -> dict[str, str]:
        """Give the stage's ENV, moved as all else."""
        return {name: self.at(value) for name, value in settings(stage).items()}

    def build(self) -> None:
        """Replay the first stage: WORKDIR, COPY and RUN in their order."""
        stage, here = stages()[0], self.root
        for step in stage:
            if step.word == "WORKDIR":
                here = Path(self.at(step.rest))
                here.mkdir(parents=True)
            elif step.word == "COPY":
                self.copy(step.words(), here)
            elif step.word == "RUN" and "pip install" not in step.rest:
                self.run(step, here, self.settings(stage))

    def copy(self, words: list[str], here: Path) -> None:
        """Copy as the engine does: files into a directory, or one file or tree to a name."""
        *sources, target = words
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, here / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                name = here / target / source if target.endswith("/") else here / target
                name.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, name)

    def run(self, step: Step, here: Path, environment: dict[str, str]) -> None:
        """Run one RUN as a shell in the image would, with our own uv, its cache and this machine's certificates."""
        ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
        with_uv = {**ours, "PATH": f"{uv().parent}:{ours['PATH']}", "UV_SYSTEM_CERTS": "true", **environment}
        command = ["/bin/sh", "-ec", self.at(step.rest)]
        done = subprocess.run(command, check=False, cwd=here, env=with_uv, capture_output=True, text=True)
        assert done.returncode == 0, f"{step.rest}\n{done.stdout}{done.stderr}"

    def started(self, *, replaced: dict[str, str], **more: str) -> subprocess.Popen[str]:
        """Start ENTRYPOINT and CMD as the last stage has them, with some words replaced."""
        stage = stages()[-1]
        words = only("ENTRYPOINT", stage).words() + only("CMD", stage).words()
        environment = self.settings(stage) | more
        program = shutil.which(words[0], path=environment["PATH"])
        assert program == f"{self.root}/app/.venv/bin/coalition"
        command = [program, *(replaced.get(word, word) for word in words[1:])]
        here = self.at(only("WORKDIR", stage).rest)
        return subprocess.Popen(command, cwd=here, env=environment, stderr=subprocess.PIPE, text=True)


def uv() -> Path:
    """Find the uv that made our environment."""
    found = shutil.which("uv", path=f"{ROOT / '.uv/bin'}:{os.environ['PATH']}")
    assert found, "no uv here: run `make install`"
    return Path(found)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Build once for the module."""
    built = Image(tmp_path_factory.mktemp("image"))
    built.build()
    return built


def test_the_image_has_no_development_tools(image: Image) -> None:
    python = image.root / "app/.venv/bin/python"
    script = "import importlib.util as u; print(*(bool(u.find_spec(n)) for n in ('api', 'fastapi', 'pytest', 'mypy')))"
    done = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True, cwd="/")
    assert done.stdout.split() == ["True", "True", "False", "False"]


def test_the_image_has_all_files_that_are_copied_from_it(image: Image) -> None:
    copied = [step.words() for step in stages()[-1] if step.word == "COPY"]
    for *_, source, _target in copied:
        assert Path(image.at(source)).exists(), source


def test_the_image_serves_and_is_ready(image: Image, postgres_url: str) -> None:
    port = free_port()
    service = image.started(replaced={"0.0.0.0": "127.0.0.1", "8000": str(port)}, COALITION_DATABASE_URL=postgres_url)
    try:
        assert becomes_healthy(service, port), stopped(service)
    finally:
        stopped(service)


def test_the_image_does_not_open_reading_without_the_setting(image: Image) -> None:
    service = image.started(replaced={"8000": str(free_port())})
    try:
        _, complaint = service.communicate(timeout=READY_SECONDS)
    finally:
        stopped(service)
    assert service.returncode != 0
    assert "beyond-loopback" in complaint


def becomes_healthy(service: subprocess.Popen[str], port: int) -> bool:
    """Ask until ready, as an engine would, for as long as the service lives."""
    deadline = threading.Event()
    timer = threading.Timer(READY_SECONDS, deadline.set)
    timer.start()
    try:
        while service.poll() is None and not deadline.wait(0.1):
            if is_healthy(port):
                return True
        return False
    finally:
        timer.cancel()


def stopped(service: subprocess.Popen[str]) -> str:
    """Stop as an engine does, and give what was said on stderr."""
    if service.poll() is None:
        service.send_signal(signal.SIGTERM)
    if service.stderr is None or service.stderr.closed:
        return ""
    _, complaint = service.communicate(timeout=READY_SECONDS)
    return complaint
