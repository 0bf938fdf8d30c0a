"""What the tool needs of its surroundings: files, git, caches, progress, secrets."""
