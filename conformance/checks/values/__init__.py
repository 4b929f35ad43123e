"""What members say: formats, units, places, clocks, references, and agreement among answers."""
