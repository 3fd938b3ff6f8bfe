"""What the editor tells of its documents: text documents, and notebooks with a document for each cell. Holds no state:
the session does."""
