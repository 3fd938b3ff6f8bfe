"""What each check of a review is worth: all of them judge every difference that a model writes."""
