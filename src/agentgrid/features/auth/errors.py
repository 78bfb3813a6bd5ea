"""What can go wrong with people and their credentials.

::

    ProductError
    ├── NotAuthenticated           401
    │   ├── TokenExpired           the access token's time is over: refresh it
    │   ├── TokenInvalid           not one of ours, or altered
    │   ├── ApiKeyRejected         unknown, expired or revoked
    │   ├── CredentialsWrong       e-mail and password do not belong together
    │   ├── RefreshTokenInvalid    unknown, expired or revoked
    │   └── RefreshTokenReused     used before: every token of that sign-in is revoked
    ├── Forbidden                  403
    │   ├── AdminOnly
    │   ├── MakerOnly
    │   ├── RegistrationClosed
    │   └── AccountInactive
    ├── Conflict                   409
    │   ├── EmailTaken
    │   └── RefreshTokenSuperseded another request exchanges the same token right now
    ├── Invalid                    422
    │   ├── PasswordUnsuitable
    │   └── CurrentPasswordWrong
    ├── TooManyRequests            429
    │   └── TooManyAttempts
    └── NotFound                   404
        └── ApiKeyNotFound
"""

from typing import ClassVar

from agentgrid.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)


class TokenExpired(NotAuthenticated):
    code: ClassVar[str] = "token_expired"
    title: ClassVar[str] = "The access token has expired"

    def __init__(self) -> None:
        super().__init__("The access token has expired. Get a new one with the refresh token.")


class TokenInvalid(NotAuthenticated):
    code: ClassVar[str] = "token_invalid"
    title: ClassVar[str] = "The access token is not valid"

    def __init__(self) -> None:
        super().__init__("This access token was not issued here. Sign in again.")


class ApiKeyRejected(NotAuthenticated):
    code: ClassVar[str] = "api_key_rejected"
    title: ClassVar[str] = "The API key is not accepted"

    def __init__(self) -> None:
        super().__init__("This API key is unknown, expired or revoked. Create a new one.")


class CredentialsWrong(NotAuthenticated):
    code: ClassVar[str] = "credentials_wrong"
    title: ClassVar[str] = "Wrong e-mail address or password"

    def __init__(self) -> None:
        super().__init__("No account has this e-mail address and password. Check both.")


class RefreshTokenInvalid(NotAuthenticated):
    code: ClassVar[str] = "refresh_token_invalid"
    title: ClassVar[str] = "The refresh token is not accepted"

    def __init__(self) -> None:
        super().__init__("This refresh token is unknown, expired or revoked. Sign in again.")


class RefreshTokenReused(NotAuthenticated):
    code: ClassVar[str] = "refresh_token_reused"
    title: ClassVar[str] = "The refresh token was used before"

    def __init__(self) -> None:
        super().__init__(
            "This refresh token was used before, so somebody else may hold it. "
            "That sign-in has been ended everywhere; sign in again."
        )


class AdminOnly(Forbidden):
    code: ClassVar[str] = "admin_only"
    title: ClassVar[str] = "Admins only"

    def __init__(self) -> None:
        super().__init__("Only an admin may do this. Ask an admin of this installation.")


class MakerOnly(Forbidden):
    code: ClassVar[str] = "maker_only"
    title: ClassVar[str] = "Makers only"

    def __init__(self) -> None:
        super().__init__("Your account may chat but not make agents. Ask an admin to change that.")


class RegistrationClosed(Forbidden):
    code: ClassVar[str] = "registration_closed"
    title: ClassVar[str] = "Registration is closed"

    def __init__(self) -> None:
        super().__init__("This installation takes no new accounts. Ask an admin to open it.")


class AccountInactive(Forbidden):
    code: ClassVar[str] = "account_inactive"
    title: ClassVar[str] = "This account is switched off"

    def __init__(self) -> None:
        super().__init__("This account was switched off. Ask an admin of this installation.")


class EmailTaken(Conflict):
    code: ClassVar[str] = "email_taken"
    title: ClassVar[str] = "There is an account with this e-mail address"

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail address. Sign in instead.")


class RefreshTokenSuperseded(Conflict):
    code: ClassVar[str] = "refresh_token_superseded"
    title: ClassVar[str] = "Another request has just exchanged this refresh token"

    def __init__(self) -> None:
        super().__init__("Use the tokens that the other request got.")


class PasswordUnsuitable(Invalid):
    code: ClassVar[str] = "password_unsuitable"
    title: ClassVar[str] = "Choose another password"


class CurrentPasswordWrong(Invalid):
    code: ClassVar[str] = "current_password_wrong"
    title: ClassVar[str] = "The current password is wrong"

    def __init__(self) -> None:
        super().__init__("To choose a new password, give the one you have now.")


class TooManyAttempts(TooManyRequests):
    code: ClassVar[str] = "too_many_attempts"
    title: ClassVar[str] = "Too many attempts to sign in"

    def __init__(self, retry_after: float) -> None:
        super().__init__(
            f"Too many attempts to sign in. Try again in {max(1, round(retry_after))} seconds.",
            retry_after=retry_after,
        )


class ApiKeyNotFound(NotFound):
    code: ClassVar[str] = "api_key_not_found"
    title: ClassVar[str] = "No such API key"

    def __init__(self) -> None:
        super().__init__("You have no API key with this id.")
