"""The mail server: one session a run, verified TLS, a time limit on every step, and an exact end of every message.

Whether a message left is decided by one byte sequence: before the line that ends its data is sent, the server has
nothing that it could deliver; from then on until its answer came, it may have.
"""

import base64
import re
import smtplib
import ssl
from typing import Final

from audit_core.delivery.answers import Answer, Unreachable, Verdict, quoted
from audit_core.errors import ConfigError
from audit_core.settings.delivery import SmtpSettings

CONNECT_S: Final = 10.0
STEP_S: Final = 60.0
END_S: Final = 600.0
"""How long a server may look through a message before it says whether it takes it: RFC 5321 asks for ten minutes."""

PASSWORD: Final = "REDLINE_SMTP_PASSWORD"
"""The variable of the environment that holds the password."""

_PIECE: Final = 1 << 16
_BUSY: Final = 421
"""The server ends the session, whatever was asked."""


class Post:
    """A session with the mail server, opened when the first message goes and again after it broke."""

    def __init__(
        self,
        settings: SmtpSettings,
        password: str | None,
        place: str = "delivery.smtp",
        variable: str = PASSWORD,
        end_s: float | None = None,
    ) -> None:
        """`place`, `variable`: where the settings stand and what holds the password, as sentences name them.

        `end_s`: how long the server may look through a message, None: as RFC 5321 asks for.
        """
        if settings.user is not None and password is None:
            raise ConfigError(
                f"{place}.user: found a name, expected also its password in {variable} (environment or .env)."
            )
        self._settings = settings
        self._place, self._variable, self._end_s = place, variable, end_s
        self._password = password or ""
        self._smtp: smtplib.SMTP | None = None
        self._secrets = _forms(settings.user or "", self._password)
        self.handed_over = False
        """Whether the server may have the whole message that was sent last, also where sending was interrupted."""

    @property
    def name(self) -> str:
        """How it is called in a sentence."""
        return f"The mail server {self._settings.host}:{self._settings.port}"

    def open(self) -> None:
        """Make sure that there is a session. Raises Unreachable: then nothing was begun."""
        self.handed_over = False
        if self._alive():
            return
        self.close()
        try:
            self._smtp = self._connected()
            self._sign_in(self._smtp)
        except Unreachable:
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            self.close()
            why = quoted(error.verify_message)
            raise Unreachable(f"{self.name} has no certificate that can be trusted ({why}).") from None
        except (ssl.SSLError, smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            raise Unreachable(f"{self.name} {_trouble(error, self._secrets)}.") from None

    def send(self, to: str, content: bytes) -> Answer:
        """One message to one address, once. Never raises for what a server or a network does."""
        if self._smtp is None:
            raise RuntimeError("the session is opened first, so that nothing is begun where there is none")
        smtp, self.handed_over = self._smtp, False
        sender = self._settings.sender
        steps = (
            (f"MAIL FROM:<{sender}>", (250,)),
            (f"RCPT TO:<{to}>", (250, 251, 252)),
            ("DATA", (354,)),
        )
        try:
            for words, good in steps:
                code, said = smtp.docmd(words)
                if code not in good:
                    return self._refused(code, said, stops=words.startswith("MAIL"))
            dotted = _dotted(content)
            for start in range(0, len(dotted), _PIECE):  # so that the time limit is one on silence
                smtp.send(dotted[start : start + _PIECE])
            self.handed_over = True
            if smtp.sock is not None:
                smtp.sock.settimeout(self._end_s or END_S)
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(STEP_S)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            trouble = _trouble(error, self._secrets)
            if self.handed_over:
                return Answer(Verdict.UNCLEAR, f"{self.name} {trouble} after it had the whole message.", stops=True)
            return Answer(Verdict.LATER, f"{self.name} {trouble} before it had the whole message.", stops=True)
        except BaseException:  # asked to end: the server waits for the rest of a message, and for no good-bye
            self.close()
            raise
        if code == 250:
            return Answer(Verdict.ACCEPTED, f"{self.name} took it: {quoted(said, self._secrets)}.")
        if code < 400:  # neither yes nor no
            self.close()
            return Answer(Verdict.UNCLEAR, f"{self.name} answered {code} {quoted(said, self._secrets)}.", stops=True)
        return self._refused(code, said)

    def close(self) -> None:
        """End the session, however it stands."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def leave(self) -> None:
        """End the session as is polite; what goes wrong there changes nothing any more."""
        try:
            if self._smtp is not None and self._smtp.sock is not None:
                self._smtp.sock.settimeout(CONNECT_S)
                self._smtp.docmd("QUIT")
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def _alive(self) -> bool:
        """Whether there is a session that the server has not ended, as many do after some messages."""
        try:
            return self._smtp is not None and self._smtp.docmd("NOOP")[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        if self._settings.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=CONNECT_S, context=ssl.create_default_context())
        else:
            smtp = smtplib.SMTP(host, port, timeout=CONNECT_S)
        self._smtp = smtp
        if smtp.sock is not None:
            smtp.sock.settimeout(STEP_S)
        smtp.ehlo_or_helo_if_needed()
        if self._settings.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise Unreachable(f"{self.name} offers no STARTTLS, and nothing is sent in the clear.")
            code, said = smtp.starttls(context=ssl.create_default_context())
            if code != 220:
                raise Unreachable(f"{self.name} refused STARTTLS ({code} {quoted(said)}).")
            smtp.ehlo()
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        user = self._settings.user
        if user is None:
            return
        if not (user.isascii() and self._password.isascii()):
            raise Unreachable(f"{self.name} cannot be signed in to: its user or {self._variable} is not plain ASCII.")
        try:
            smtp.login(user, self._password)
        except smtplib.SMTPAuthenticationError as error:
            why = quoted(error.smtp_error, self._secrets)
            raise Unreachable(
                f"{self.name} does not take the user {user} with the password in {self._variable} "
                f"({error.smtp_code} {why})."
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise Unreachable(f"{self.name} offers no way to sign in: leave {self._place}.user out.") from None

    def _refused(self, code: int, said: bytes, *, stops: bool = False) -> Answer:
        """The server said no: nothing was sent."""
        verdict = Verdict.NEVER if 500 <= code < 600 else Verdict.LATER
        told = f"{self.name} refused it ({code} {quoted(said, self._secrets)})."
        if code == _BUSY or code < 400:
            self.close()
        elif self._smtp is not None:
            try:
                self._smtp.rset()
            except (smtplib.SMTPException, OSError):
                self.close()
        return Answer(verdict, told, stops or code == _BUSY)


def _dotted(content: bytes) -> bytes:
    """A message as it goes over the line, without the line that ends it."""
    stuffed = re.sub(rb"(?m)^\.", b"..", content)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _forms(user: str, password: str) -> tuple[str, ...]:
    """The password in every form in which a server could say it again."""
    if not password:
        return ()
    plain = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    return password, plain, base64.b64encode(password.encode()).decode()


def _trouble(error: Exception, secrets: tuple[str, ...]) -> str:
    """What went wrong between us and the server, without what it may quote."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, TimeoutError):
        error = error.__context__  # so smtplib calls a silence
    match error:
        case TimeoutError():
            return "did not answer in time"
        case smtplib.SMTPServerDisconnected() | ConnectionResetError() | BrokenPipeError():
            return "ended the connection"
        case smtplib.SMTPResponseException() if error.smtp_code < 0:
            return "answered what is no SMTP"
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError() | smtplib.SMTPResponseException():
            return f"refused the connection ({error.smtp_code} {quoted(error.smtp_error, secrets)})"
        case ssl.SSLError():
            return f"cannot be talked to over TLS ({quoted(error.reason or 'no TLS there')})"
        case OSError():
            return f"cannot be reached ({quoted(error.strerror or type(error).__name__)})"
        case _:
            return f"answered what is no SMTP ({type(error).__name__})"
