from subject import JobRegistry

now = 0.0
registry = JobRegistry(60, lambda: now)
registry.start("1", "import")
registry.start("2", "backup")
registry.start("3", "report")
assert registry.running() == ["backup", "import", "report"]
registry.finish("1")
registry.finish("2", "disk full")
now = 60.0
assert registry.prune() == 0
now = 61.0
assert registry.prune() == 2
assert registry.running() == ["report"]
