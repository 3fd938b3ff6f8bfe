"""Families of models: which row a model belongs to, its tokens, and what is refused in a table."""

from __future__ import annotations

import re

import pytest

from postil.core.data import read_data
from postil.core.models.families import Families, Family, families, parse_families
from postil.core.models.names import model_name


def family(name: str, architecture: str = "") -> Family | None:
    return families().find([name], architecture)


def told(name: str, architecture: str = "") -> str:
    found = family(name, architecture)
    return found.name if found else ""


def prompt(name: str, architecture: str = "", parameters: float | None = None) -> str | None:
    size = parameters if parameters is not None else model_name(name).parameters
    found = family(name, architecture)
    tokens = found.fim(size) if found else None
    return tokens.prompt("P", "S") if tokens else None


# Each row of ../shared/MODELS.md, as Ollama's library names and shows it.
@pytest.mark.parametrize(
    ("name", "architecture", "thinking", "tools"),
    [
        ("qwen2.5-coder:14b", "qwen2", "none", True),
        ("qwen3-coder:30b", "qwen3moe", "none", True),
        ("qwen3-coder-next:80b", "qwen3next", "none", True),
        ("qwen3:8b", "qwen3", "switch", True),
        ("qwen3:30b", "qwen3moe", "switch", True),
        ("qwen3.5:9b", "qwen35", "switch", True),
        ("qwen3.6:35b", "qwen35moe", "switch", True),
        ("gpt-oss:20b", "gptoss", "levels", True),
        ("devstral:24b", "llama", "none", True),
        ("codestral:22b", "llama", "none", False),
        ("deepseek-coder-v2:16b", "deepseek2", "none", False),
        ("deepseek-r1:8b", "qwen3", "switch", False),
        ("granite-code:8b", "llama", "none", False),
        ("granite3.3:8b", "granite", "none", True),
        ("granite4:7b-a1b-h", "granitehybrid", "none", True),
        ("gemma3:12b", "gemma3", "none", False),
        ("gemma4:26b", "gemma4", "switch", True),
        ("phi4:14b", "phi3", "none", False),
        ("llama3.1:8b", "llama", "none", True),
        ("llama3.2:3b", "llama", "none", True),
        ("llama3.3:70b", "llama", "none", True),
        ("codellama:7b", "llama", "none", False),
        ("starcoder2:3b", "starcoder2", "none", False),
        ("codegemma:7b", "gemma", "none", False),
        ("seed-coder:8b", "llama", "none", False),
        ("mellum:4b", "llama", "none", False),
    ],
)
def test_every_listed_model_has_its_family(name: str, architecture: str, thinking: str, tools: bool) -> None:
    found = family(name, architecture)
    assert found is not None and (found.thinking, found.tools) == (thinking, tools)
    # The name alone is enough: an OpenAI-compatible server tells no architecture.
    assert family(name) == found


QWEN = "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"
STARCODER = "<fim_prefix>P<fim_suffix>S<fim_middle>"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("qwen2.5-coder:1.5b", QWEN),
        ("qwen3-coder:30b", QWEN),
        ("granite4:3b", QWEN),
        ("codegemma:2b", QWEN),
        ("codegemma:7b", QWEN),
        ("granite-code:8b", STARCODER),
        ("granite3.3:8b", STARCODER),
        ("starcoder2:7b", STARCODER),
        ("codestral:22b", "[SUFFIX]S[PREFIX]P"),
        ("deepseek-coder-v2:16b", "<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>"),
        ("codellama:7b", "<PRE> P <SUF>S <MID>"),
        ("codellama:13b", "<PRE> P <SUF>S <MID>"),
        ("seed-coder:8b", "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>"),
        ("mellum:4b", "<fim_suffix>S<fim_prefix>P<fim_middle>"),
        ("mellum:12b", "<fim_suffix>S<fim_prefix>P<fim_middle>"),
    ],
)
def test_tokens_and_their_order(name: str, wanted: str) -> None:
    assert prompt(name) == wanted


@pytest.mark.parametrize(
    "name",
    [
        # The tokens are in the vocabulary, but were not trained.
        "qwen3:8b",
        "qwen2.5:7b",
        "qwen3.5:9b",
        "gpt-oss:20b",
        "devstral:24b",
        "deepseek-r1:8b",
        # The first deepseek-coder: its base models only.
        "deepseek-coder:6.7b",
        "granite3.0:8b",
        "gemma3:4b",
        "phi4:14b",
        "llama3.1:8b",
        "codellama:34b",
        "codellama:7b-python",
        # Its size decides, and nobody tells it.
        "codellama:latest",
        "codegemma:7b-instruct",
        "mine:7b",
    ],
)
def test_no_tokens_are_guessed(name: str) -> None:
    assert prompt(name) is None


def test_the_size_that_an_engine_tells_decides() -> None:
    assert prompt("codellama:latest", "llama", 6.7) == "<PRE> P <SUF>S <MID>"
    assert prompt("codellama:latest", "llama", 33.7) is None


@pytest.mark.parametrize(
    ("name", "architecture", "wanted"),
    [
        ("registry.ollama.ai/library/Qwen2.5-Coder:latest", "qwen2", "qwen2.5-coder"),
        ("somebody/qwen2.5-coder", "qwen2", "qwen2.5-coder"),
        ("hf.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF:Q4_K_M", "qwen2", "qwen2.5-coder"),
        ("https://hf.co/bartowski/mistralai_Devstral-Small-2507-GGUF:Q4_K_M", "llama", "devstral"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "", "qwen3-coder"),
        ("C:\\models\\Qwen2.5-Coder-1.5B-Instruct-Q4_K_M.gguf", "", "qwen2.5-coder"),
        # The architecture is one that no other family has.
        ("my-reviewer", "gptoss", "gpt-oss"),
        ("my-reviewer", "gpt-oss", "gpt-oss"),
        ("my-reviewer", "nomic-bert", "bert"),
        # A name that its weights belie.
        ("llama3.1:8b", "gemma3", ""),
        ("qwen2.5-coder:7b", "llama", ""),
        ("my-reviewer", "llama", ""),
    ],
)
def test_names_of_every_origin(name: str, architecture: str, wanted: str) -> None:
    assert told(name, architecture) == wanted


def test_a_renamed_model_has_the_family_of_its_parent() -> None:
    found = families().find(["reviewer:latest", "", "codellama:7b"], "llama")
    assert found is not None and found.name == "codellama"


@pytest.mark.parametrize(
    "name",
    ["nomic-embed-text", "mxbai-embed-large", "all-minilm:33m", "bge-m3", "qwen3-embedding:8b", "embeddinggemma"],
)
def test_embedding_models_dont_chat(name: str) -> None:
    found = family(name)
    assert found is not None and found.embedding and not found.chat


@pytest.mark.parametrize("name", ["bge-reranker-v2-m3", "Qwen3-Reranker-0.6B", "jina-reranker-v2"])
def test_a_reranker_makes_no_vectors(name: str) -> None:
    found = family(name)
    assert found is not None and not found.embedding and not found.chat


@pytest.mark.parametrize(
    ("name", "query", "document"),
    [
        ("nomic-embed-text", "search_query: ", "search_document: "),
        ("nomic-ai/nomic-embed-text-v1.5-GGUF", "search_query: ", "search_document: "),
        ("mxbai-embed-large", "Represent this sentence for searching relevant passages: ", ""),
        ("BAAI/bge-small-en-v1.5", "Represent this sentence for searching relevant passages: ", ""),
        ("intfloat/e5-small-v2", "query: ", "passage: "),
        ("all-minilm:22m", "", ""),
        ("bge-m3", "", ""),
    ],
)
def test_what_goes_before_a_question_and_a_text(name: str, query: str, document: str) -> None:
    found = family(name)
    assert found is not None and (found.query, found.document) == (query, document)


@pytest.mark.parametrize("name", ["starcoder2:3b", "llama-guard3:8b", "qwen2.5-coder:7b-base", "bge-reranker-v2-m3"])
def test_models_without_chat_training_dont_chat(name: str) -> None:
    found = family(name)
    assert found is not None and not found.chat


def test_mixtures_of_experts_have_active_parameters() -> None:
    coder, dense = family("qwen3-coder:30b"), family("llama3.1:8b")
    assert coder is not None and dense is not None
    assert [coder.active_parameters(size) for size in (30, 30.5, 80, 14, None)] == [3.3, 3.3, 3, None, None]
    assert dense.active_parameters(8.0) is None


def test_the_review_profile_goes_by_size() -> None:
    coder, other = family("qwen2.5-coder:latest", "qwen2"), family("llama3.1:8b")
    assert coder is not None and other is not None
    sizes = [coder.review_profile(size) for size in (0.5, 1.5, 7.6, None)]
    assert sizes == ["qwen2.5-coder", "qwen2.5-coder-1.5b", "qwen2.5-coder", "qwen2.5-coder"]
    assert other.review_profile(8.0) == "unmeasured"


def test_all_words_of_the_tokens_are_told() -> None:
    assert families().tokens["codellama"].words == ("<PRE>", "<SUF>", "<MID>", "<EOT>")
    assert "<|file_separator|>" in families().tokens["codegemma"].words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[[families]]\nname = "x"\nnames = ["x*"]\nthink = "none"', r"unknown field `think` - at `\$\.families\[0\]`"),
        ('[[families]]\nname = "x"\nnames = ["X*"]', r"at `\$\.families\[0\]\.names\[0\]`"),
        ('[[families]]\nname = "x"\nnames = ["x*"]\nthinking = "yes"', r"Invalid enum value 'yes' - at .*thinking"),
        ('[[families]]\nname = "x"', "x: give names, or architectures with own_architecture"),
        ('[[families]]\nname = "x"\nnames = ["x*"]\ninfill = "nope"', "x: no tokens are called 'nope'"),
        ('[[families]]\nname = "x"\nnames = ["x*"]\nembedding = true', "x: a model that makes embeddings doesn't chat"),
        ('[[families]]\nname = "x"\nnames = ["x*"]\nquery = "q: "', "x: query and document are for models that make"),
        (
            '[[families]]\nname = "x"\nnames = ["x*"]\nreview = [{ profile = "nope" }]',
            "x: no review profile is called 'nope'",
        ),
        ("[[families]", "not valid TOML"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(text: str, wanted: str) -> None:
    found, problems = parse_families(text)
    assert found is None
    assert re.search(wanted, "\n".join(problems)), problems


def test_added_rows_come_first() -> None:
    mine, problems = parse_families('[[families]]\nname = "mine"\nnames = ["llama3.1*"]\nprefill = "none"')
    assert mine is not None and problems == ()
    both = mine.before(families())
    assert [found.name for name in ("llama3.1:8b", "llama3.2:3b") if (found := both.find([name]))] == ["mine", "llama3"]
    assert both.tokens == families().tokens


def test_names_tell_sizes() -> None:
    told = {
        "qwen2.5-coder:1.5b": (1.5, None),
        "Qwen3-Coder-30B-A3B-Instruct": (30.0, 3.0),
        "granite4:7b-a1b-h": (7.0, 1.0),
        "all-minilm:33m": (0.033, None),
        "mixtral:8x7b": (None, None),
        "gemma4:e4b": (None, None),
        "llama3.1": (None, None),
    }
    found = {name: (model_name(name).parameters, model_name(name).active) for name in told}
    assert found == told


def test_the_shipped_table_has_no_row_that_can_never_match() -> None:
    found, _ = parse_families(read_data("families.toml"))
    assert isinstance(found, Families)
    names = [row.name for row in found.families]
    assert len(names) == len(set(names))


def test_other_files_stand_before_the_one_to_fill_in() -> None:
    found = family("qwen2.5-coder:1.5b")
    qwen = found.fim(1.5) if found is not None else None
    assert qwen is not None
    prompt = qwen.prompt("a = ", "\n", path="b.py", others=[("a.py", "x = 1"), ("c/d.py", "y = 2\n")])
    assert prompt == (
        "<|file_sep|>a.py\nx = 1\n<|file_sep|>c/d.py\ny = 2\n\n<|file_sep|>b.py\n"
        "<|fim_prefix|>a = <|fim_suffix|>\n<|fim_middle|>"
    )
    assert qwen.prompt("a = ", "\n", path="b.py") == "<|fim_prefix|>a = <|fim_suffix|>\n<|fim_middle|>"
