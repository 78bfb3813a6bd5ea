"""What is shipped: the wheel holds everything `agentgrid up` needs."""

import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.embedded.running import PLAIN_ENVIRONMENT, Running

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree."""
    target = tmp_path_factory.mktemp("dist")
    uv = shutil.which("uv", path=f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert uv is not None, "run `make install` first"
    command = [uv, "build", "--quiet", "--wheel", "--out-dir", str(target), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def shipped(wheel: Path) -> set[str]:
    """The names in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_built_frontend(shipped: set[str]) -> None:
    assert "agentgrid/web/index.html" in shipped
    assert any(name.startswith("agentgrid/web/assets/") for name in shipped)


def test_the_wheel_holds_every_migration_and_what_runs_them(shipped: set[str]) -> None:
    folder = ROOT / "src" / "agentgrid" / "migrations"
    files = (path for path in folder.rglob("*") if path.is_file())
    wanted = {
        str(path.relative_to(ROOT / "src")) for path in files if path.suffix in {".py", ".sql"}
    }
    assert wanted
    assert wanted <= shipped


def test_the_wheel_holds_nothing_but_the_package(shipped: set[str]) -> None:
    tops = {name.split("/")[0] for name in shipped}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"agentgrid"}
    assert not any("node_modules" in name or "__pycache__" in name for name in shipped)


def test_the_program_is_on_the_path_of_whoever_installs_the_wheel(shipped: set[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in shipped)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_in_an_empty_environment_the_wheel_serves_the_product(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "install", "--quiet"]
    up = [str(environment / "bin" / "agentgrid"), "up", "--port", "0"]

    subprocess.run([*pip, str(wheel)], check=True)
    bare = subprocess.run(
        [*up, "--data-dir", str(tmp_path / "bare")],
        env=PLAIN_ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert bare.returncode == 1
    assert "pip install 'agentgrid[local]'" in bare.stderr.splitlines()[-1]

    subprocess.run([*pip, f"{wheel}[local]"], check=True)
    running = Running(
        ["-m", "agentgrid.cli", *up[1:], "--data-dir", str(tmp_path / "data")],
        python=str(environment / "bin" / "python"),
        folder=tmp_path,
    )
    try:
        address = running.wait_for("AgentGrid is ready: ", seconds=600).rpartition(" ")[2]
        with urllib.request.urlopen(address) as page:  # noqa: S310 - our own address
            assert b"<div id=" in page.read()
    finally:
        running.end()
