"""The pages of one team, below `/teams/SLUG/`."""
