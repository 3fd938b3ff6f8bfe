"""Which tools a model is offered at once, under which names, and how it finds the others. What they do, and who may
call them, is said elsewhere."""
