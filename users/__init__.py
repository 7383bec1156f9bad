"""Accounts, their API keys and login links."""
