"""Subtitle languages, subtitles, actions and notes over HTTP."""
