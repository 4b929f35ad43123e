"""The reference server of the transport interface: its data, its rules, its faults and its variants."""
