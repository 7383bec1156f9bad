"""The roof: settings, routes, commands. The ground floor is `amara_api.kernel`."""

__version__ = "0.1.0"
