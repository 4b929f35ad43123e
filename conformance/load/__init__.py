"""From data folders to specs, profiles and settings: everything a plan is made of, read strictly.

A data folder holds `specs/<domain>/<version>/{openapi,requirements}.yaml` and `profiles/<domain>/<profile>.yaml`. The suite's own
folder comes last, so that a `--data` folder can add a domain or another version, or shadow one.

data          where the folders lie
yaml12        YAML 1.2, with the line of every node          jsonlines   JSON, likewise
documents     a file → its content, held against the schema of its kind          kept   what was read before
interfaces    an OpenAPI document, its files pulled in, looked over before anything is made of it
including     rows that another file has, taken over    lifecycle  how far a version has come
shared        what rows have in common under `$defs`         references  names in rows and recipes that have to lead somewhere
specs         spec and rows     profiles  what is certified     settings  yance.toml     catalogue  user text
secrets       what settings name and do not hold: in the environment, in a file, printed by a command
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.deferred import deferred

if TYPE_CHECKING:
    from conformance.load.data import Folders, data_folders
    from conformance.load.profiles import load_profile, profile_names
    from conformance.load.settings import Settings, load_settings, refuse_strangers
    from conformance.load.specs import domain_names, load_spec, versions
else:
    __getattr__ = deferred(
        __name__,
        {
            "data": ("Folders", "data_folders"),
            "profiles": ("load_profile", "profile_names"),
            "settings": ("Settings", "load_settings", "refuse_strangers"),
            "specs": ("domain_names", "load_spec", "versions"),
        },
    )

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
