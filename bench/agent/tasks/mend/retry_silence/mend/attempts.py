"""Does something again that has failed."""


def attempts(work, most, failures=(OSError,)):
    """The result of `work`, which is called at most so often. The last failure is raised; others than those that are
    expected at once."""
    for number in range(1, most + 1):
        try:
            return work()
        except failures:
            if number == most:
                raise
