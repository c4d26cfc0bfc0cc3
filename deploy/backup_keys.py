"""`python -m deploy.backup_keys`: a pair of keys for backups. Both halves are printed, and written nowhere."""

from shared.backup.sealing import make_key_pair

_TEXT = """\
The public key, for the setting BACKUP_RECIPIENTS (several are separated by commas):

  {public_key}

The private key. Keep it off this machine, in two places: without it no backup opens that is sealed to the public one,
and nobody can make it again. It is given with each download or restore, or to `age -d -i FILE`:

  {private_key}
"""


def main() -> None:
    public_key, private_key = make_key_pair()
    print(_TEXT.format(public_key=public_key, private_key=private_key), end="")


if __name__ == "__main__":
    main()
