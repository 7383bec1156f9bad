"""What happens next with the subtitles of a video: actions, who may take them, what they do."""
