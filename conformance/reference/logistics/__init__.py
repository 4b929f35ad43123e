"""The reference server of the logistics interface, its faults and its variants."""
