"""What runs and when: sessions, snapshots, jobs and reviews. Knows nothing of LSP."""
