"""The life of price lists: a person uploads one, it is compared with the one in force, a second person approves it."""
