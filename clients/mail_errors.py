"""What a mail server's refusals mean: the first digit says whether another try may help.

RFC 5321, 4.2.1: 4yz is a refusal for now, 5yz one for good.
"""

import ssl

import aiosmtplib

from clients.errors import ClientError, OutcomeUnknown, Refused, Retryable
from schemas.failures import FailureKind

SERVICE = "mail"

_FOR_NOW = range(400, 500)
_FOR_GOOD = range(500, 600)


def not_taken(error: Exception) -> ClientError:
    """What went wrong before a letter's end was sent, so that it was certainly not taken.

    No answer of the server is repeated: some say back what they were told.
    """
    if (distrust := _distrust(error)) is not None:
        return _wrong(f"its certificate is not trusted: {distrust}")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal(error)
    if isinstance(error, OSError):
        return _later(f"the server did not take it: {type(error).__name__}")
    # What the library says itself: the server offers no STARTTLS, or no way to log in.
    return _wrong(f"the server can't be used: {error}")


def not_understood(code: int) -> ClientError:
    """What an answer to a letter's end means that is not 250."""
    if code in _FOR_NOW:
        return _later(f"the server did not take the letter ({code})")
    if code in _FOR_GOOD:
        return _never(f"the letter is not taken ({code})")
    return OutcomeUnknown(SERVICE, f"the answer to a whole letter made no sense ({code})")


def _refusal(error: aiosmtplib.SMTPResponseException) -> ClientError:
    code = error.code
    if code not in _FOR_GOOD:
        return _later(f"the server did not take it: {code}")
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            said = f"the user and password are not taken ({code})"
            return Refused(SERVICE, FailureKind.AUTHENTICATION, said)
        case aiosmtplib.SMTPSenderRefused():
            return _wrong(f"the sender is not taken ({code})")
        case aiosmtplib.SMTPRecipientRefused():
            return _never(f"the address is not taken ({code})")
        case aiosmtplib.SMTPDataError():
            return _never(f"the letter is not taken ({code})")
        case _:
            return _wrong(f"the server refuses to serve us ({code})")


def _distrust(error: BaseException | None) -> str | None:
    """Why a certificate is not trusted; None when it is, or was not looked at."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__
    return None


def _later(said: str) -> Retryable:
    return Retryable(SERVICE, FailureKind.UNAVAILABLE, said)


def _wrong(said: str) -> Refused:
    return Refused(SERVICE, FailureKind.CONFIGURATION, said)


def _never(said: str) -> Refused:
    return Refused(SERVICE, FailureKind.BAD_REQUEST, said)
