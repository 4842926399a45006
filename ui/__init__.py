"""What the pages share: the gate before the server, the guard on every page, the page table, and how things look."""
