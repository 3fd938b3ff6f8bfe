"""How often a conversation with tools answers, calls what it should, and mends (`make eval EVAL=agent`), and what it
remembers (`python -m bench.agent.memory`). The tasks are data; what is measured stands behind `subject.Subject`."""
