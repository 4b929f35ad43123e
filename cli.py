"""The front door from a checkout: `python cli.py demo` is `yance demo`."""

from conformance.commands.main import main

if __name__ == "__main__":
    main()
