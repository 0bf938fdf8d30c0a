"""Names: how they are spelled, how long they may be, what makes them valid, distinct, singular and plural."""
