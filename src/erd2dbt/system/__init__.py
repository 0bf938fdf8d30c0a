"""The seams to the operating system: files, git, caches, progress, secrets."""
