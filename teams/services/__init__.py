"""Writes for teams. Each takes an ``actor``, runs in one transaction and records itself.

A rule that a role decides is asked again under the team's lock. ``operator`` says that the actor
works in the admin, whose own permissions count instead.
"""
