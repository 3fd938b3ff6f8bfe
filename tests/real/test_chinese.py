"""Chinese from end to end with real weights: code, comments and names; the persona; the sentence; the fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import parts
from tests.lsp.client import serving

A = "file:///work/库存.py"
# Two cores that others use too; the note comes as soon as it comes.
SECONDS = 240.0
CODE = '''\
def 最大值(数字列表):
    """返回列表中最大的数字。"""
    # 从第一个数字开始比较
    最大 = 数字列表[0]
    for 数字 in 数字列表:
        if 数字 < 最大:
            最大 = 数字
    return 最大
'''
FAULTY_LINE = 5


@pytest.mark.real_embedded
async def test_a_note_in_chinese_for_a_chinese_line(tmp_path: Path, embedded_gguf: Path) -> None:
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "num_ctx": 2048,
        "review": {"personas": ["reviewer-zh"], "min_score": 0, "reason": True},
    }
    async with serving(tmp_path, options=options) as client:
        client.open(A, CODE)
        client.save(A)
        await client.reviewed(1, SECONDS)
        notes = client.notes(A)
        assert [note["data"]["persona"] for note in notes] == ["reviewer-zh"], client.log()
        (note,) = notes
        # What the model says stands behind our own words; the code that it repeats is Chinese whatever it says.
        ours, _, sentence = note["message"].partition(" 说：“")
        assert ours.startswith("意见（"), note["message"]
        own = [char for char in sentence if char not in CODE]
        assert any("\u4e00" <= char <= "\u9fff" for char in own), note["message"]
        fix = note["data"]["fix"]
        assert (fix["first"], fix["last"]) == (FAULTY_LINE, FAULTY_LINE + 1)
        assert fix["old"].encode() == CODE.split("\n")[FAULTY_LINE].encode() != fix["new"].encode()
        (action,) = await client.actions(A, [note])
        ((edit,),) = [document["edits"] for document in action["edit"]["documentChanges"]]
        start, end = (edit["range"][side] for side in ("start", "end"))
        assert start["line"] == end["line"] == FAULTY_LINE
        # Each of these characters is one unit of UTF-16, so that the client's columns are ours.
        assert fix["old"][: start["character"]] + edit["newText"] + fix["old"][end["character"] :] == fix["new"]
        assert await client.stop() == 0
