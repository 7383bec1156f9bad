"""Videos and their urls."""
