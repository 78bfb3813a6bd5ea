"""What is checked before anything starts: each refusal is one sentence that says what to do."""

import os
import socket
from pathlib import Path

import pytest

from agentgrid.embedded.checks import claimed, listen, require_space
from agentgrid.embedded.errors import MissingExtraError, StartError
from agentgrid.embedded.places import package_folder


def test_a_data_directory_is_made_for_its_user_alone(tmp_path: Path) -> None:
    with claimed(tmp_path / "new" / "folder"):
        assert (tmp_path / "new" / "folder").stat().st_mode & 0o777 == 0o700


def test_a_data_directory_in_use_names_the_process_and_the_way_out(tmp_path: Path) -> None:
    message = rf"Another AgentGrid \(process {os.getpid()}\) is using .*--data-dir"
    with claimed(tmp_path), pytest.raises(StartError, match=message), claimed(tmp_path):
        pass


def test_a_data_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with claimed(tmp_path):
            pass


def test_a_data_directory_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    message = "cannot be written .*--data-dir"
    with pytest.raises(StartError, match=message), claimed(tmp_path / "file" / "data"):
        pass


def test_a_full_disk_says_how_much_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"Only \d+ MB are free .* needs 1099511627776 MB"):
        require_space(tmp_path, least=2**60)


def test_enough_room_passes(tmp_path: Path) -> None:
    require_space(tmp_path, least=1)


def test_a_taken_port_names_the_option() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is taken .*--port"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_names_the_option() -> None:
    with pytest.raises(StartError, match=r"192\.0\.2\.7 is not an address of this machine.*--host"):
        listen("192.0.2.7", 0)


def test_a_free_port_is_taken_and_given_back() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    with listen("127.0.0.1", port) as again:
        assert again.getsockname()[1] == port


def test_a_missing_wheel_names_the_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'agentgrid\[local\]'"):
        package_folder("a_package_that_is_not_there", "a-package")
