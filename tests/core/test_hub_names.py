"""Names of GGUF files of the model hub, and the file of a repository that one means."""

from __future__ import annotations

import pytest

from postil.core.models.hub_name import HubName, NoSuchFile, chosen_file, file_quantization, hub_name

REPO = "bartowski/Llama-3.2-3B-Instruct-GGUF"
FILES = (
    ".gitattributes",
    "README.md",
    "Llama-3.2-3B-Instruct-IQ3_M.gguf",
    "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
    "Llama-3.2-3B-Instruct-Q4_K_S.gguf",
    "Llama-3.2-3B-Instruct-Q8_0.gguf",
    "Llama-3.2-3B-Instruct-f16.gguf",
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"hf.co/{REPO}", HubName(REPO)),
        (f"hf.co/{REPO}:latest", HubName(REPO)),
        (f"hf.co/{REPO}:Q8_0", HubName(REPO, "Q8_0")),
        (f"HF.co/{REPO}:q8_0", HubName(REPO, "Q8_0")),
        (f"huggingface.co/{REPO}:Q8_0", HubName(REPO, "Q8_0")),
        (f"https://huggingface.co/{REPO}", HubName(REPO)),
        (f"https://huggingface.co/{REPO}/blob/main/{FILES[3]}", HubName(REPO, file=FILES[3])),
        (f"hf.co/{REPO}/{FILES[3]}", HubName(REPO, file=FILES[3])),
        (f"hf.co/{REPO}:{FILES[3]}", HubName(REPO, file=FILES[3])),
        (f"hf.co/{REPO}/UD/{FILES[3]}", HubName(REPO, file=f"UD/{FILES[3]}")),
        *[
            (text, None)
            for text in (
                "llama3.1:8b",
                "hf.co/owner",
                "hf.co/owner/../x.gguf",
                "hf.co/../../x.gguf",
                "hf.co/.hidden/repo",
                "hf.co/owner/repo/x.bin",
                "hf.co/owner/repo:a b",
                "hub.example/owner/repo:Q4_0",
                "",
            )
        ],
    ],
)
def test_what_is_a_name_of_the_hub(text: str, found: HubName | None) -> None:
    assert hub_name(text) == found


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (HubName(REPO), "Llama-3.2-3B-Instruct-Q4_K_M.gguf"),
        (HubName(REPO, "Q8_0"), "Llama-3.2-3B-Instruct-Q8_0.gguf"),
        (HubName(REPO, "F16"), "Llama-3.2-3B-Instruct-f16.gguf"),
        (HubName(REPO, file="llama-3.2-3b-instruct-iq3_m.gguf"), "Llama-3.2-3B-Instruct-IQ3_M.gguf"),
    ],
)
def test_a_quantisation_is_one_file_and_the_default_is_q4_k_m(name: HubName, file: str) -> None:
    assert chosen_file(name, FILES) == file


def test_without_the_default_the_nearest_is_taken() -> None:
    assert chosen_file(HubName(REPO), ["a-Q8_0.gguf", "a-Q4_K_S.gguf"]) == "a-Q4_K_S.gguf"
    assert chosen_file(HubName(REPO), ["only.gguf", "mmproj-f16.gguf"]) == "only.gguf"


def test_a_quantisation_may_be_that_of_a_folder() -> None:
    assert chosen_file(HubName(REPO, "Q4_K_M"), ["Q4_K_M/model.gguf", "Q8_0/model.gguf"]) == "Q4_K_M/model.gguf"


@pytest.mark.parametrize(
    ("name", "files", "said"),
    [
        (HubName(REPO, "Q2_K"), FILES, "no such file; it has F16, IQ3_M, Q4_K_M, Q4_K_S, Q8_0"),
        (HubName(REPO), ["model.safetensors"], "holds no GGUF file"),
        (
            HubName(REPO, "Q4_K_M"),
            ["a-Q4_K_M-00001-of-00002.gguf", "a-Q4_K_M-00002-of-00002.gguf"],
            "split into 2 files",
        ),
        (HubName(REPO, "Q4_K_M"), ["a-Q4_K_M.gguf", "b-Q4_K_M.gguf"], "may be one of 2 files"),
        (HubName(REPO, file="x.gguf"), FILES, "no such file"),
        (HubName(REPO), ["../../../.bashrc-Q4_K_M.gguf", "/etc/a-Q4_K_M.gguf"], "holds no GGUF file"),
    ],
)
def test_what_can_not_be_taken_is_said_with_what_can(name: HubName, files: list[str], said: str) -> None:
    with pytest.raises(NoSuchFile, match=said):
        chosen_file(name, files)


def test_a_name_says_its_quantisation() -> None:
    assert [
        file_quantization(name) for name in (HubName(REPO), HubName(REPO, "Q8_0"), HubName(REPO, file="a-q5_k_m.gguf"))
    ] == [
        "Q4_K_M",
        "Q8_0",
        "Q5_K_M",
    ]
