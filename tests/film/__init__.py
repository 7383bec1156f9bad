"""The demo's film, drawn and played by Chromium: `python -m tests.film` makes it anew."""
