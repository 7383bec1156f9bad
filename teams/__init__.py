"""Teams, their projects and members."""
