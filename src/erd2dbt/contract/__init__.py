"""What a changed diagram means to those who read the models: two products compared by what they promise."""
