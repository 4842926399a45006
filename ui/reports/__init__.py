"""What Reports shows: the library, making a workbook, and what went to whom."""
