"""Subtitle languages, their versions, notes and workflows."""
