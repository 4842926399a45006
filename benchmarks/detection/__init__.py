"""How well errors are found: known errors among real lines, through the whole pipe, beside named peers."""
