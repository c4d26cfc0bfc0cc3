"""The settings of a service that keeps files."""

import re
from dataclasses import dataclass, field

from shared.settings import BadSettings, BaseSettings

LOCAL, CLOUDINARY = "local", "cloudinary"
MEGABYTE = 1024 * 1024
_CLOUDINARY_URL = re.compile(r"cloudinary://[^:@/?]+:[^:@/?]+@[A-Za-z0-9_-]+(\?upload_prefix=https?://[^?&]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings(BaseSettings):
    """Where files are kept, and how long one may be: STORAGE, STORAGE_FOLDER, CLOUDINARY_URL, MAX_FILE_SIZE."""

    # Where documents are kept: `local` in a folder, or `cloudinary`.
    storage: str = LOCAL
    # The folder for `local`; each service has one of its own below it.
    storage_folder: str = ".local/documents"
    # The account for `cloudinary`, as cloudinary://KEY:SECRET@CLOUD, the form in which Cloudinary shows it.
    cloudinary_url: str = field(default="", repr=False)
    # How many bytes one uploaded file may have.
    max_file_size: int = 10 * MEGABYTE

    def __post_init__(self) -> None:
        # Without arguments `super` would look for the class as it was before it got its slots.
        super(StorageSettings, self).__post_init__()
        faults = []
        if self.storage not in (LOCAL, CLOUDINARY):
            faults.append(f"STORAGE: {self.storage!r} is neither {LOCAL} nor {CLOUDINARY}")
        if self.storage == CLOUDINARY and not _CLOUDINARY_URL.fullmatch(self.cloudinary_url):
            faults.append("CLOUDINARY_URL must look like cloudinary://KEY:SECRET@CLOUD")
        if not 0 < self.max_file_size <= 100 * MEGABYTE:
            faults.append("MAX_FILE_SIZE must lie between 1 byte and 100 MB")
        if faults:
            raise BadSettings("; ".join(faults))
