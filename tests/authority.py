"""A time-stamp authority on this machine: `openssl ts`, with a key and certificates of its own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Authority:
    """The authority in a folder; `certificate` is the one to be trusted."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The root's certificate, in PEM."""
        return self.folder / "root.pem"

    def answer(self, request: Path) -> bytes:
        """The answer to a request file, in DER."""
        self.openssl("ts", "-reply", "-config", "settings", "-queryfile", str(request.resolve()), "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def openssl(self, *words: str) -> None:
        """Run openssl in the folder."""
        subprocess.run(["openssl", *words], cwd=self.folder, capture_output=True, check=True)


def authority(folder: Path) -> Authority:
    """A new authority with a root and a certificate for time-stamping."""
    folder.mkdir()
    made = Authority(folder)
    (folder / "settings").write_text(_SETTINGS)
    (folder / "serial").write_text("01\n")
    for name in ("root", "tsa"):
        made.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
    common = ("-config", "settings", "-sha256", "-days", "365")
    made.openssl("req", "-x509", *common, "-key", "root.key", "-subj", "/CN=Root", "-extensions", "root", "-out", "root.pem")
    made.openssl("req", "-new", "-config", "settings", "-key", "tsa.key", "-subj", "/CN=Time", "-out", "tsa.csr")
    issuer = ("-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2", "-extfile", "settings", "-extensions", "stamping")
    made.openssl("x509", "-req", "-in", "tsa.csr", *issuer, "-sha256", "-days", "365", "-out", "tsa.pem")
    return made
