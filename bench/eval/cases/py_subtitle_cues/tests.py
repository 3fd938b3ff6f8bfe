from subject import Cue, SubtitleError, format_time, parse_cues, parse_time, render, shift

assert parse_time("01:02:03,004") == 3_723_004
assert format_time(3_723_004) == "01:02:03,004"
text = "1\n00:00:01,000 --> 00:00:02,500\nHello\nthere\n\n\n2\n00:00:03,000 --> 00:00:04,000\nBye\n"
cues = parse_cues(text.splitlines())
assert cues == [Cue(1000, 2500, "Hello\nthere"), Cue(3000, 4000, "Bye")]
assert parse_cues((text + "\n").splitlines()) == cues
assert parse_cues([]) == []
assert parse_cues(render(cues).splitlines()) == cues
assert shift(cues, 500)[1] == Cue(3500, 4500, "Bye")
assert shift(cues, -2000) == [Cue(0, 500, "Hello\nthere"), Cue(1000, 2000, "Bye")]
assert shift(cues, -2500) == [Cue(500, 1500, "Bye")]
for broken in ("x\n\n", "1\n00:00:01 --> 00:00:02\nHi\n\n", "1\n00:00:01,000\nHi\n\n"):
    try:
        parse_cues(broken.splitlines())
    except SubtitleError:
        pass
    else:
        raise AssertionError(broken)
