"""From a source to the record: which looks are new, whether each is whole, and its commit as one."""
