"""`postil doctor`: what is here, what is missing, and the command that fixes it.

It looks and tells; it changes nothing. What a review would do is asked of `engine` and `service`, not decided here.
"""
