"""Letters: who takes them, set up from the settings."""

from clients.mail import Mail
from runtime.mail import MailSettings


def mail_of(given: MailSettings) -> Mail | None:
    """The mail server; None when there is none."""
    if given.smtp_url is None:
        return None
    return Mail(given.smtp_url.get_secret_value(), given.mail_from, given.smtp_ca_file)
