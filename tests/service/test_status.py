"""What is told, and how often."""

from __future__ import annotations

from postil.engine.base import EngineRefused, EngineUnavailable
from postil.service.status import Status, StatusReporter


class Told:
    def __init__(self) -> None:
        self.statuses: list[Status] = []
        self.messages: list[str] = []

    def tell(self, message: str, error: bool) -> None:
        self.messages.append(message)


def reporter(told: Told) -> StatusReporter:
    return StatusReporter(told.statuses.append, told.tell)


def test_a_status_is_told_when_it_has_changed() -> None:
    told = Told()
    here = reporter(told)
    here.change(state="busy")
    here.change(state="busy")
    here.change(message="no")
    assert [(one.state, one.message) for one in told.statuses] == [("busy", ""), ("busy", "no")]


def test_an_engine_that_is_away_is_away_once_in_whichever_words() -> None:
    here = reporter(Told())
    found = [here.failed(EngineUnavailable(said)) for said in ("refused", "busy (503)", "wrote nothing")]
    assert found == [True, False, False]
    here.served()
    assert here.failed(EngineUnavailable("refused"))


def test_another_failure_is_another_message() -> None:
    here = reporter(Told())
    assert here.failed(EngineUnavailable("refused")) and here.failed(EngineRefused("400"))
    assert here.failed(EngineRefused("the key is wrong")) and not here.failed(EngineRefused("400"))


def test_what_a_review_leaves_out_is_not_told_after_each_of_them() -> None:
    told = Told()
    here = reporter(told)
    for _ in range(3):
        here.message_once("the engine can't fill in the middle", error=False)
        here.served()
    assert len(told.messages) == 1
    here.forget()
    here.message_once("the engine can't fill in the middle", error=False)
    assert len(told.messages) == 2
