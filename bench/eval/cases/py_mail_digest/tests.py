from datetime import datetime

from subject import Member, Post, build_all, build_mail, digest_lines, is_new_for, preview

ada = Member("ada", "ada@example.org", frozenset({"chess"}), datetime(2026, 5, 1, 12))
bob = Member("bob", "bob@example.org", frozenset({"go"}), datetime(2026, 5, 1, 12))
posts = [
    Post("chess", "cyd", "Openings", "Which one\n do you play?", datetime(2026, 5, 1, 13)),
    Post("chess", "ada", "Mine", "x", datetime(2026, 5, 1, 14)),
    Post("chess", "cyd", "Old", "x", datetime(2026, 5, 1, 12)),
    Post("chess", "dan", "Club night", "x" * 61, datetime(2026, 5, 1, 15)),
    Post("chess", "cyd", "Clocks", "y", datetime(2026, 5, 1, 14)),
]
assert preview("a" * 60) == "a" * 60 and preview("aaa bbb", 5) == "aaa…"
assert [is_new_for(ada, post) for post in posts] == [True, False, False, True, True]
assert digest_lines(ada, iter(posts)) == [
    "Most active: cyd (2), dan (1)",
    "",
    "[chess] Club night (dan)",
    "    " + "x" * 59 + "…",
    "[chess] Clocks (cyd)",
    "    y",
    "[chess] Openings (cyd)",
    "    Which one do you play?",
]
assert build_mail(bob, posts, "news@example.org") is None
mails = build_all([ada, bob, ada], iter(posts), "news@example.org")
assert [mail["To"] for mail in mails] == ["ada@example.org", "ada@example.org"]
assert "Openings" in mails[1].get_content()
