"""The reference server of the health interface, with its faults and variants."""
