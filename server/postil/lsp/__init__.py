"""The client: pygls features and the conversion of protocol types."""
