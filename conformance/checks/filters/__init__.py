"""What a filter keeps and what it leaves out, alone and together with others."""
