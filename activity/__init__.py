"""The record of every change. Everybody writes to it; it knows nobody."""
