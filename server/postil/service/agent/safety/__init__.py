"""What bounds a conversation: kept approvals, who decides, pre-images and undo, commands and how they are confined.

What a call means to do is planned by tools, and how a door asks is the door's: neither belongs here."""
