import pytest

from pytest_mmina.core.record.command_line import stored_command
from pytest_mmina.core.secrets import Secrets


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mmina", "-k", "not slow", "tasks"], "--mmina -k 'not slow' tasks"),
        (["--mmina-max-tokens=500"], "--mmina-max-tokens=500"),
        (["a sk-12345678"], "'a [secret]'"),
        (["--api-key", "planted", "tasks"], "--api-key [secret] tasks"),
        (["--api-key", "--mmina"], "--api-key --mmina"),
        (["--api_key=planted"], "--api_key=[secret]"),
        (["-o", "shop.password = planted"], "-o 'shop.password = [secret]'"),
        (['--mmina-chat-body={"n": 1, "api_key": "planted"}'],
         """'--mmina-chat-body={"n": 1, "api_key": "[secret]"}'"""),
        (["--mmina-judge-url=https://ann:planted@judge.example/v1?k=planted#planted"],
         "'--mmina-judge-url=https://[secret]@judge.example/v1?[secret]'"),
        (["https://[planted?x"], "[secret]"),
        (["/home/ann/work/tasks", "--rootdir=/home/ann", "/home/annabel"], "~/work/tasks --rootdir=~ /home/annabel"),
    ],
)  # fmt: skip
def test_a_command_line_is_told_without_secrets(arguments: list[str], told: str) -> None:
    secrets = Secrets(["sk-12345678"])
    assert stored_command("pytest", arguments, secrets=secrets, home="/home/ann") == f"pytest {told}"
