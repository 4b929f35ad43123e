"""Resources that live: state machines, holds and lapses, capacity, races for it, and what it costs."""
