"""The pair that `make keys` prints is one that backups can be sealed to."""

import re

from deploy.backup_keys import main
from shared.backup.sealing import check_public_key, public_key_of


def test_the_two_keys_belong_together(capsys):
    main()
    printed = capsys.readouterr().out
    (public,) = re.findall(r"^  (age1\w+)$", printed, re.MULTILINE)
    (private,) = re.findall(r"^  (AGE-SECRET-KEY-1\w+)$", printed, re.MULTILINE)
    assert check_public_key(public) == public_key_of(private)
