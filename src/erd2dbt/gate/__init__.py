"""What a run would change, told to people, to machines, to a pull request and to GitHub's annotations."""
