"""The ground floor: what every app stands on and nothing here knows an app.

HTTP (`rest`), the dated forms of the API (`versions`), JSON, XML and YAML (`wire`), HTTP to others
(`outbound`), and plain helpers. The rest of `amara_api` is the roof: routes, settings, commands,
the frame of admin and pages. The roof uses the ground floor, never the other way round.
"""
