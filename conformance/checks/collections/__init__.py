"""Lists as a whole: pages, cursors, totals, order, identity, and what a list has in common with single reads."""
