"""Letters: who takes them, and who writes the digests, set up from the settings."""

from activities.digest_letter import LetterWriter
from clients.mail import Mail
from runtime.mail import MailSettings
from schemas.mail_link import MailLinks, link_key


def mail_of(given: MailSettings) -> Mail | None:
    """The mail server; None when there is none."""
    if given.smtp_url is None:
        return None
    return Mail(given.smtp_url.get_secret_value(), given.mail_from, given.smtp_ca_file)


def writer(decision_key: bytes, public_base_url: str) -> LetterWriter:
    """Who writes digests, with links that the web process takes."""
    return LetterWriter(MailLinks(link_key(decision_key)), public_base_url)
