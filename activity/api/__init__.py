"""The streams: what happened to a video, in a team, by somebody; and the older one of them all."""
