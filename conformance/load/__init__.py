"""From data folders to specs, profiles and settings: everything a plan is made of, read strictly.

A data folder holds `specs/<domain>/<version>/{openapi,requirements}.yaml` and `profiles/<domain>/<profile>.yaml`. The suite's own
folder comes last, so that a `--data` folder can add a domain or another version, or shadow one.
"""

from __future__ import annotations

from conformance.load.data import Folders, data_folders
from conformance.load.profiles import load_profile, profile_names
from conformance.load.settings import Settings, load_settings, refuse_strangers
from conformance.load.specs import domain_names, load_spec, versions

__all__ = [
    "Folders",
    "Settings",
    "data_folders",
    "domain_names",
    "load_profile",
    "load_settings",
    "load_spec",
    "profile_names",
    "refuse_strangers",
    "versions",
]
