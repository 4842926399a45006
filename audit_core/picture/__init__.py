"""What the Overview asks: the numbers of a period beside the one before, its weeks, its months, and how to say them."""
