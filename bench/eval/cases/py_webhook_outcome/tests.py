from subject import Outcome, outcome_of

assert outcome_of(204, 1, 3) is Outcome.DONE
assert outcome_of(503, 1, 3) is Outcome.RETRY
assert outcome_of(503, 3, 3) is Outcome.GIVE_UP
assert outcome_of(429, 2, 3) is Outcome.RETRY
assert outcome_of(404, 1, 3) is Outcome.GIVE_UP
