"""Tokens of an issuer on loopback: what is accepted, and the many that are not."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre.rights import Principal
from ilrs.foundation.errors import IlrsError, PolicyError, UnavailableError

jwt = pytest.importorskip("jwt", reason="pyjwt is not installed: pip install 'ilrs[web]'")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
oidc = pytest.importorskip("ilrs.datacentre.oidc")
issuer_keys = pytest.importorskip("ilrs.datacentre.issuer_keys")


class Desk:
    """An issuer: its keys, its server, and how often its keys were asked for."""

    def __init__(self) -> None:
        self.keys = {"k1": ec.generate_private_key(ec.SECP256R1())}
        self.extra: list[Any] = []
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

    def about(self) -> dict[str, Any]:
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
    name = f"u-17 at {desk.url}"
    wanted = Principal(name, "CNSA", frozenset({"curator"}))
    assert issuers.who(desk.token()) == wanted
    assert issuers.who(desk.token()) == wanted
    assert desk.asked == 1
    assert issuers.who(desk.token(groups="golf")) == Principal(name, "CNSA")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, "Signature has expired"),
        ({"exp": None}, 'Token is missing the "exp" claim'),
        ({"aud": "another"}, "Audience doesn't match"),
        ({"aud": None}, 'Token is missing the "aud" claim'),
        ({"sub": None}, 'Token is missing the "sub" claim'),
        ({"nbf": 9999999999}, "The token is not yet valid (nbf)"),
        ({"sub": ""}, "the claim 'sub' is no name of 1 to 255 characters"),
        ({"sub": " "}, "the claim 'sub' is no name of 1 to 255 characters"),
        ({"sub": "a\nb"}, "the claim 'sub' is no name of 1 to 255 characters"),
        ({"sub": "\x1b[2J"}, "the claim 'sub' is no name of 1 to 255 characters"),
        ({"sub": "\ud800"}, "the claim 'sub' is no name of 1 to 255 characters"),
        ({"sub": "x" * 256}, "the claim 'sub' is no name of 1 to 255 characters"),
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


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ("golf lunar-curators", {"curator"}),
        (["golf", "lunar-curators"], {"curator"}),
        ({"note": "no longer lunar-curators !"}, set()),
        ({"lunar-curators": False}, set()),
        ([["lunar-curators"]], set()),
        ([None, True, 7], set()),
        (7, set()),
    ],
)
def test_roles_are_the_words_of_a_text_or_a_list(
    desk: Desk, tmp_path: Path, groups: Any, roles: set[str]
) -> None:
    found = issuers_of(desk, tmp_path).who(desk.token(groups=groups))
    assert found == Principal(f"u-17 at {desk.url}", "CNSA", frozenset(roles))


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"realm_access": {"roles": ["golf", "lunar-curators"]}}, {"curator"}),  # as Keycloak says
        ({"realm_access.roles": ["lunar-curators"]}, {"curator"}),
        ({"realm_access.roles": ["golf"], "realm_access": {"roles": ["lunar-curators"]}}, set()),
        ({"realm_access": ["lunar-curators"]}, set()),
        ({"realm_access": {"roles": {"lunar-curators": True}}}, set()),
        ({"realm_access": None}, set()),
        ({"groups": ["lunar-curators"]}, set()),
    ],
)
def test_roles_may_lie_within_another_claim(
    desk: Desk, tmp_path: Path, claims: dict[str, Any], roles: set[str]
) -> None:
    text = FILE.replace("claim: groups", "claim: realm_access.roles").format(url=desk.url)
    (tmp_path / "issuers.yaml").write_text(text)
    issuers = oidc.Issuers(oidc.read_issuers(tmp_path), folder=tmp_path, clock=Clock())
    token = desk.token(**{"groups": None, **claims})
    assert issuers.who(token) == Principal(f"u-17 at {desk.url}", "CNSA", frozenset(roles))


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


def test_a_file_of_keys_is_followed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(desk.jwks()))
    (tmp_path / "issuers.yaml").write_text(FILE.format(url=desk.url) + "    keys: keys.json\n")
    issuers = oidc.Issuers(oidc.read_issuers(tmp_path), folder=tmp_path, clock=Clock())
    token = desk.token()
    assert issuers.who(token) is not None
    (tmp_path / "keys.json").write_text('{"keys": []}')
    assert refused(issuers, token)
    for content, reason in (("{", "Expecting property name"), ("{}", "it has no list 'keys'")):
        (tmp_path / "keys.json").write_text(content)
        with pytest.raises(IlrsError) as caught:
            issuers.who(token)
        assert caught.value.asked.startswith(
            f"the keys of an issuer of tokens cannot be had from keys.json: {reason}"
        )
    (tmp_path / "keys.json").write_text(json.dumps(desk.jwks()))
    assert issuers.who(token) is not None


RSA_KEY = rsa.generate_private_key(65537, 2048)
RSA_JWK = jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "oct", "kid": "x"}, {"kty": "RSA", "alg": ["x"]}, {"kty": "RSA", "alg": "none"},
        {"kty": ["RSA"]}, {"kty": "RSA", "n": 5, "e": 3}, {"kty": "RSA", "n": "AQAB", "e": "AQ"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}, {"kty": "OKP"}, "x", None,
        {**RSA_JWK, "key_ops": 7}, {**RSA_JWK, "use": ["sig"]},
    ],
)  # fmt: skip
def test_an_odd_key_does_not_spoil_the_others(desk: Desk, tmp_path: Path, odd: Any) -> None:
    desk.extra = [odd]
    assert issuers_of(desk, tmp_path).who(desk.token()) is not None


@pytest.mark.parametrize(
    ("more", "algorithm", "is_taken"),
    [
        ({}, "RS256", True), ({}, "PS512", True), ({"alg": "PS256"}, "PS256", True),
        ({"alg": "PS256"}, "RS256", False), ({"use": "enc"}, "RS256", False),
        ({"alg": "RSA-OAEP"}, "RS256", False), ({"key_ops": ["encrypt"]}, "RS256", False),
        ({"key_ops": ["verify"]}, "RS256", True),
    ],
)  # fmt: skip
def test_a_key_is_used_for_what_it_is_for(
    desk: Desk, tmp_path: Path, more: dict[str, Any], algorithm: str, is_taken: bool
) -> None:
    desk.extra = [{**RSA_JWK, "kid": "r", **more}]
    token = desk.token(kid="r", key=RSA_KEY, algorithm=algorithm)
    assert refused(issuers_of(desk, tmp_path), token) is not is_taken


def test_of_a_private_key_only_its_public_half_is_used(desk: Desk, tmp_path: Path) -> None:
    private = jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY, as_dict=True)
    desk.extra = [{**private, "kid": "r", "key_ops": ["sign", "verify"]}]
    token = desk.token(kid="r", key=RSA_KEY, algorithm="RS256")
    assert issuers_of(desk, tmp_path).who(token) is not None


NO_ADDRESS = "its jwks_uri is no https address"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("keys.json", NO_ADDRESS), ("/dev/zero", NO_ADDRESS), ("", NO_ADDRESS), (7, NO_ADDRESS),
        (None, NO_ADDRESS), ("file:///etc/passwd", NO_ADDRESS), ("http://moon.example", NO_ADDRESS),
        ("http://[::1", NO_ADDRESS), ("\ud800://x", NO_ADDRESS),
    ],
)  # fmt: skip
def test_a_description_leads_to_https_alone(
    desk: Desk, tmp_path: Path, address: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys.json").write_text(json.dumps(desk.jwks()))
    told = {"issuer": desk.url, "jwks_uri": address}
    monkeypatch.setattr(desk, "about", lambda: told)
    with pytest.raises(IlrsError) as caught:
        issuers_of(desk, tmp_path).who(desk.token())
    assert caught.value.asked == (
        "the keys of an issuer of tokens cannot be had from "
        f"{desk.url}/.well-known/openid-configuration: {reason}"
    )


@pytest.mark.parametrize("address", ["https://a b/", "https://\ud800.x/", f"https://{'a' * 70}.x/"])
def test_an_address_that_is_none_is_told(
    desk: Desk, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"issuer": desk.url, "jwks_uri": address}
    monkeypatch.setattr(desk, "about", lambda: told)
    with pytest.raises(IlrsError) as caught:
        issuers_of(desk, tmp_path).who(desk.token())
    assert caught.value.asked.isprintable()


@pytest.mark.parametrize(
    ("url", "to", "leads"),
    [
        ("https://a.example", "https://b.example/keys", True),
        ("https://a.example", "http://127.0.0.1/keys", False),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", True),
        ("http://127.0.0.1:1", "http://b.example", False),
    ],
)
def test_nobody_elsewhere_leads_to_this_machine(url: str, to: str, leads: bool) -> None:
    assert issuer_keys._leads_on(url, to) is leads


class Odd:
    """A server that sends bytes as it likes and, if it is to drip, is long in ending."""

    def __init__(self, said: bytes, drips: bytes = b"") -> None:
        self._said, self._drips, self.asked = said, drips, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self.asked += 1
            connection.recv(4096)
            try:
                connection.sendall(self._said)
                for _ in range(100 if self._drips else 0):
                    connection.sendall(self._drips)
                    time.sleep(0.05)
            except OSError:
                pass  # it is no longer listened to
            connection.close()


def odd_token(url: str) -> str:
    return str(jwt.encode({"iss": url}, RSA_KEY, algorithm="RS256", headers={"kid": "k"}))


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"hello\r\n\r\n", "hello??"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "IncompleteRead(0 bytes read)"),
        (OK + b"A: b\r\n" * 101 + b"\r\n", "got more than 100 headers"),
        (b"HTTP/1.1 302 x\r\nLocation: http://[::1\r\n\r\n", "Invalid IPv6 URL"),
        (b"HTTP/1.1 302 x\r\nLocation: https://a:b/\r\n\r\n", "nonnumeric port: 'b'"),
        (OK + b"\r\n{" + b" " * (1 << 20), "it is larger than 1 MB"),
        (OK + b"\r\n[]", "it is no object"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_told(tmp_path: Path, said: bytes, reason: str) -> None:
    odd = Odd(said)
    issuers = oidc.Issuers(
        (oidc.Issuer(url=odd.url, audience="a", partner="CNSA"),), folder=tmp_path, clock=Clock()
    )
    for _ in range(2):  # the second asks nobody
        with pytest.raises(IlrsError) as caught:
            issuers.who(odd_token(odd.url))
        assert caught.value.asked == (
            "the keys of an issuer of tokens cannot be had from "
            f"{odd.url}/.well-known/openid-configuration: {reason}"
        )
    assert odd.asked == 1


@pytest.mark.parametrize("said", [OK + b"\r\n", OK + b"A: "])
def test_an_issuer_that_never_ends_its_answer_keeps_nobody(
    tmp_path: Path, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "_TIMEOUT_S", 0.3)
    odd = Odd(said, drips=b" ")
    clock = Clock()
    issuers = oidc.Issuers(
        (oidc.Issuer(url=odd.url, audience="a", partner="CNSA"),), folder=tmp_path, clock=clock
    )
    waited = []
    for clock.s in (0.0, 5.0):
        begun_s = time.monotonic()
        with pytest.raises(IlrsError, match="there is no whole answer yet|it takes too long"):
            issuers.who(odd_token(odd.url))
        waited.append(time.monotonic() - begun_s)
    assert waited[0] < 5.0
    assert waited[1] < 0.25


def test_those_who_ask_at_once_wait_for_one_answer(desk: Desk, tmp_path: Path) -> None:
    issuers, token = issuers_of(desk, tmp_path), desk.token()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(issuers.who(token))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), None in found, desk.asked) == (8, False, 1)


def test_changed_issuers_are_followed(desk: Desk, tmp_path: Path) -> None:
    path, token = tmp_path / "issuers.yaml", desk.token()
    issuers = oidc.DeclaredIssuers(tmp_path)
    assert issuers.who(token) is None
    path.write_text(FILE.format(url=desk.url))
    assert issuers.who(token).partner == "CNSA"
    path.write_text(FILE.format(url=desk.url).replace("CNSA", "IKI"))
    assert issuers.who(token).partner == "IKI"
    path.write_text("issuers: 7\n")
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            issuers.who(token)
        assert str(caught.value) == (
            "issuers.yaml was changed and is not valid: issuers.yaml:1: issuers: found 7; "
            "'issuers' is a list. Begin items with `- `.; half a declaration is none: no token of "
            "an issuer counts until then. Mend it."
        )
    path.unlink()
    assert issuers.who(token) is None


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
