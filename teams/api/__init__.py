"""Teams, their people and messages over HTTP."""
