"""Tokens of an issuer on loopback: what is accepted, and the many that are not."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre.rights import Principal
from ilrs.foundation.errors import IlrsError, PolicyError

jwt = pytest.importorskip("jwt", reason="pyjwt is not installed: pip install 'ilrs[web]'")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
oidc = pytest.importorskip("ilrs.datacentre.oidc")


class Desk:
    """An issuer: its keys, its server, and how often its keys were asked for."""

    def __init__(self) -> None:
        self.keys = {"k1": ec.generate_private_key(ec.SECP256R1())}
        self.extra: list[dict[str, str]] = []
        self.asked = 0
        self.name = ""
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages = {
                    "/.well-known/openid-configuration": desk.about,
                    "/jwks": desk.jwks,
                }
                content = json.dumps(pages[self.path]()).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def about(self) -> dict[str, str]:
        return {"issuer": self.name or self.url, "jwks_uri": f"{self.url}/jwks"}

    def jwks(self) -> dict[str, Any]:
        self.asked += 1
        made = jwt.algorithms.ECAlgorithm
        keys = [
            {**made.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}
            for kid, key in self.keys.items()
        ]
        return {"keys": keys + self.extra}

    def token(
        self, *, kid: str = "k1", key: Any = None, algorithm: str = "ES256", **claims: Any
    ) -> str:
        now = int(time.time())
        said = {
            "iss": self.url, "aud": "ilrs-node", "sub": "u-17", "iat": now, "exp": now + 600,
            "groups": ["lunar-curators", "golf"],
        }  # fmt: skip
        said = {name: value for name, value in {**said, **claims}.items() if value is not None}
        signer = self.keys[kid] if key is None else key
        return str(jwt.encode(said, signer, algorithm=algorithm, headers={"kid": kid}))


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.server.shutdown()
    desk.server.server_close()


class Clock:
    s = 0.0

    def __call__(self) -> float:
        return self.s


FILE = """\
issuers:
  - issuer: {url}
    audience: ilrs-node
    partner: CNSA
    roles:
      claim: groups
      names: {{lunar-curators: curator}}
"""


def issuers_of(desk: Desk, folder: Path, clock: Clock | None = None) -> Any:
    (folder / "issuers.yaml").write_text(FILE.format(url=desk.url))
    return oidc.Issuers(oidc.read_issuers(folder), folder=folder, clock=clock or Clock())


def test_a_token_of_the_issuer_speaks_for_its_partner(desk: Desk, tmp_path: Path) -> None:
    issuers = issuers_of(desk, tmp_path)
    wanted = Principal("u-17", "CNSA", frozenset({"curator"}))
    assert issuers.who(desk.token()) == wanted
    assert issuers.who(desk.token()) == wanted
    assert desk.asked == 1
    assert issuers.who(desk.token(groups="golf")) == Principal("u-17", "CNSA")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "Signature has expired"),
        ({"exp": None}, 'Token is missing the "exp" claim'),
        ({"aud": "another"}, "Audience doesn't match"),
        ({"aud": None}, 'Token is missing the "aud" claim'),
        ({"sub": None}, 'Token is missing the "sub" claim'),
        ({"nbf": 9999999999}, "The token is not yet valid (nbf)"),
    ],
)
def test_a_token_that_is_not_for_here_and_now_is_refused(
    desk: Desk, tmp_path: Path, claims: dict[str, Any], reason: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        issuers_of(desk, tmp_path).who(desk.token(**claims))
    assert str(caught.value) == (
        f"the token of {desk.url} is not valid here: {reason}; it is signed by that issuer, is "
        "for this node and has not expired. Sign in there again."
    )


def refused(issuers: Any, token: str) -> bool:
    try:
        return issuers.who(token) is None
    except IlrsError:
        return True


def test_forged_tokens_are_refused(desk: Desk, tmp_path: Path) -> None:
    issuers = issuers_of(desk, tmp_path)
    stranger = ec.generate_private_key(ec.SECP256R1())
    secret = "s" * 64
    desk.extra = [{"kty": "oct", "kid": "shared", "k": "c" * 86}]
    good = desk.token()
    head, body, signature = good.split(".")
    forged = [
        desk.token(key=stranger),
        desk.token(kid="k1", key=secret, algorithm="HS256"),
        desk.token(kid="shared", key=jwt.PyJWK(desk.extra[0]).key, algorithm="HS256"),
        desk.token(kid="k1", key="", algorithm="none"),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        desk.token(iss="https://login.example"),
        "a.b.c", "", "é.é.é",
    ]  # fmt: skip
    assert issuers.who(good) is not None
    assert all(refused(issuers, token) for token in forged)


def test_new_keys_are_looked_up_but_not_at_every_wrong_token(desk: Desk, tmp_path: Path) -> None:
    clock = Clock()
    issuers = issuers_of(desk, tmp_path, clock)
    assert issuers.who(desk.token()) is not None
    desk.keys["k2"] = ec.generate_private_key(ec.SECP256R1())
    for _ in range(5):
        assert refused(issuers, desk.token(kid="k2"))
    assert desk.asked == 1
    clock.s = 61.0
    assert issuers.who(desk.token(kid="k2")) is not None
    assert desk.asked == 2


def test_known_keys_serve_on_while_the_issuer_is_away(desk: Desk, tmp_path: Path) -> None:
    clock = Clock()
    issuers = issuers_of(desk, tmp_path, clock)
    token = desk.token()
    assert issuers.who(token) is not None
    desk.name = "https://elsewhere.example"
    clock.s = 4000.0
    assert issuers.who(token) is not None
    with pytest.raises(IlrsError) as caught:
        issuers_of(desk, tmp_path).who(token)
    assert str(caught.value) == (
        f"the keys of an issuer of tokens cannot be had from {desk.url}/.well-known/"
        "openid-configuration: it describes another issuer; they are a JSON Web Key Set in a file "
        "beside issuers.yaml or at an https address. Try again later, or tell whoever runs this "
        "node."
    )


def test_keys_may_lie_in_a_file(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(desk.jwks()))
    declared = FILE.format(url=desk.url) + "    keys: keys.json\n"
    (tmp_path / "issuers.yaml").write_text(declared)
    issuers = oidc.Issuers(oidc.read_issuers(tmp_path), folder=tmp_path)
    assert issuers.who(desk.token()) is not None
    (tmp_path / "keys.json").write_text("[]")
    issuers = oidc.Issuers(oidc.read_issuers(tmp_path), folder=tmp_path)
    with pytest.raises(IlrsError):
        issuers.who(desk.token())


BAD = """\
issuers:
  - issuer: http://login.example
    audience: ilrs-node
    partner: CNSA
    keys: ftp://x/keys
    roles: {claim: groups}
  - issuer: https://login.example
    audience: 3
  - issuer: https://login.example
    audience: a
    partner: IKI
    algorithm: none
"""


def test_faults_of_the_file_are_found_at_their_lines(tmp_path: Path) -> None:
    (tmp_path / "issuers.yaml").write_text(BAD)
    with pytest.raises(PolicyError) as caught:
        oidc.read_issuers(tmp_path)
    https = "an https address cannot be changed on its way here. Write one."
    assert [str(finding) for finding in caught.value.findings] == [
        f"issuers.yaml:2: issuers[0].issuer: found 'http://login.example'; {https}",
        f"issuers.yaml:5: issuers[0].keys: found 'ftp://x/keys'; {https}",
        "issuers.yaml:6: issuers[0].roles.names: found no mapping; 'names' maps the issuer's "
        "words to roles here. Write `word: role`.",
        "issuers.yaml:8: issuers[1].audience: found 3; 'audience' is a text. Write it in quotes.",
        "issuers.yaml:7: issuers[1]: the key 'partner' is missing; it is a text. Add `partner: …`.",
        "issuers.yaml:12: issuers[2].algorithm: unknown key 'algorithm'; an issuer has issuer, "
        "audience, keys, partner, name, roles. Use one of these, or remove it.",
        "issuers.yaml:9: issuers[2].issuer: this issuer again; one speaks for one partner. "
        "Remove one of them.",
    ]
    assert oidc.read_issuers(tmp_path / "nowhere") == ()
