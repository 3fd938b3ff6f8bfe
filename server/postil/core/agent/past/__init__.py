"""What is kept of turns that a model no longer reads: exchanges that are found by their words, and a record of facts.
Where they are kept is the business of `service/agent/history`; how a conversation is shortened, of `compaction`."""
