"""How unusual a change is, and what risk follows from that and from the rules it broke."""
