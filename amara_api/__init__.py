"""The project: settings, the route map, and the small kernel every app stands on."""

__version__ = "0.1.0"
