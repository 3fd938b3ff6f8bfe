from subject import Document, Role, User, can_archive, can_edit, can_read, can_share

owner, member = User(1, Role.MEMBER), User(2, Role.MEMBER)
editor, admin = User(3, Role.EDITOR), User(4, Role.ADMIN)
live = Document(1, {3})
assert [can_read(user, live) for user in (owner, member, editor, admin)] == [True, False, True, True]
assert [can_edit(user, live) for user in (owner, member, editor, admin)] == [True, False, True, False]
assert not can_edit(owner, Document(1, {3}, archived=True))
assert can_share(admin, live) and not can_share(editor, live)
assert can_archive(owner, live) and not can_archive(admin, live)
