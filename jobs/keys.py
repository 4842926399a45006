"""`key`: a new signing key and a new backup key, with what to do with them. They are printed and kept nowhere."""

from audit_core.backups.encryption import BACKUP_KEY, new_backup_key
from audit_core.signing import SIGNING_KEY, TRUSTED_KEYS, new_key


def new_keys() -> list[str]:
    """Lines for a person; those without `#` in front can stand in a `.env`."""
    signing, signer = new_key()
    backup, recipient = new_backup_key()
    return [
        "# New keys. They are shown only now: put the two lines into the .env beside config.json (chmod 600 .env) or",
        "# into the environment, and keep a copy of the backup key away from this machine.",
        "",
        f"# Signs anchors and manifests. Key id {signer.key_id}; its public key, for {TRUSTED_KEYS} of whoever checks:",
        f"# {signer.public}",
        f"{SIGNING_KEY}={signing}",
        "",
        "# Encrypts backups, where config.json says backup.encryption. Without it nobody opens them. Its public key:",
        f"# {recipient}",
        "# To change it, put the new one before the old one, separated by a comma: old backups still open.",
        f"{BACKUP_KEY}={backup}",
    ]
