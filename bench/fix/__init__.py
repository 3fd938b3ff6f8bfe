"""How many programs `postil fix` mends, beside one greedy answer of the same weights (`make eval EVAL=fix`)."""
