"""Back-end that accepts claimsmith's internal token, and no other. Start: python main.py"""

import math
import os
import time

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request

ISSUER, AUDIENCE = os.environ["CLAIMSMITH_ISSUER"], os.environ["AUDIENCE"]
NAMESPACE = os.environ.get("CLAIMS_NAMESPACE", "https://claims.example.com/")


class Keys(jwt.PyJWKClient):
    """The library's cool-down counts from fetches that succeeded, and it fetches one at a time: good tokens would queue
    behind made-up key ids while claimsmith does not answer. So failures start a cool-down too, and so does an answer
    that is no key set, which says nothing about a token."""

    failed_at = -math.inf

    def fetch_data(self):
        if time.monotonic() - self.failed_at < self.cooldown_duration:
            raise jwt.PyJWKClientConnectionError("failed a moment ago")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, OSError, ValueError) as error:
            self.failed_at = time.monotonic()
            raise jwt.PyJWKClientConnectionError("there are no keys") from error


# An unknown key id causes a fetch, but not sooner than the cool-down after the last one: made-up key ids cannot flood
# claimsmith. A lifespan of max-age lets go of a withdrawn key in time.
KEYS = Keys(ISSUER.rstrip("/") + "/.well-known/jwks.json", lifespan=300, cooldown_duration=5, timeout=3)

app = FastAPI(openapi_url=None)


def refused() -> HTTPException:  # Why is nothing for the caller.
    return HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


# `def`, not `async def`: fetching keys blocks, and FastAPI runs such functions on threads of their own.
def verified(request: Request) -> dict:
    tokens = request.headers.getlist("X-Auth-Token")
    if len(tokens) != 1:  # Two may mean that a caller slipped in one of its own beside the gateway's.
        raise refused()
    try:
        token = jwt.decode_complete(
            tokens[0], KEYS.get_signing_key_from_jwt(tokens[0]), algorithms=["ES256", "EdDSA"], leeway=5,
            issuer=ISSUER, audience=AUDIENCE, options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWKClientConnectionError:
        raise HTTPException(503) from None  # The token may well be good.
    except jwt.PyJWTError:
        raise refused() from None
    if token["header"].get("typ") != "at+jwt":
        raise refused()
    return token["payload"]


def listed(claims: dict, name: str) -> list:
    found = claims.get(NAMESPACE + name)
    return found if isinstance(found, list) else []  # In a text, `in` would find parts of words.


def needs(permission: str):
    def check(claims: dict = Depends(verified)) -> dict:
        if permission not in listed(claims, "permissions"):
            raise HTTPException(403)
        return claims

    return Depends(check)


@app.get("/me")
def me(claims: dict = Depends(verified)):
    tenant, position = claims.get("tenant"), claims.get("position")
    return {"user": claims["sub"], "tenant": tenant, "roles": listed(claims, "roles"), "position": position}


@app.get("/invoices")
def invoices(claims: dict = needs("invoice:read")):
    return {"tenant": claims.get("tenant"), "invoices": []}


if __name__ == "__main__":
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ["PORT"]))
