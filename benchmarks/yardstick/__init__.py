"""What the server is measured against: the same answers made by hand, and made the usual way."""
