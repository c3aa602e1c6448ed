"""A Spine Security Broker agent and application, written from the published facts alone.

Logs in as the Spine's own agents do (PKCS #7 by SHA-1 or SHA-256 over the bare challenge, made by
OpenSSL), chooses a role, asks and refreshes the session, gets a RoleAssertion, logs out and sees
the ticket refused. Prints one line for each step.

Usage: spine_agent.py BASE_URL CA.pem CERTIFICATE.pem KEY.pem UID DIGEST
"""

import base64
import html
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

USER_AGENT = "Mozilla/4.0(compatible;IE;GACv7. 2. 2. 16)"
DEVICE = "A1B2C3D4,ClientIP=192.0.2.9"
TRANSACTION = "Xy12Zw34Qp"
MIME = (
    "MIME-Version: 1.0\r\n"
    'Content-Disposition: attachment; filename="smime.p7m"\r\n'
    "Content-Type: application/x-pkcs7-mime\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
)


class Server:
    def __init__(self, base, authority):
        self.base = base
        self.tls = ssl.create_default_context(cafile=authority)

    def ask(self, path, body=None, method=None):
        url = path if path.startswith("https:") else self.base + path
        data = None if body is None else body.encode()
        request = urllib.request.Request(url, data, {"User-Agent": USER_AGENT}, method=method)
        if data is not None:
            request.add_header("Content-Type", "text/xml")
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def message(**values):
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE USER SYSTEM "gpOBJECT.DTD">']
    lines.append("<gpOBJECT>")
    for name, value in values.items():
        encoding = ' encoding="base64"' if name == "response" else ""
        lines.append(f'<gpPARAM name="{name}"{encoding}>{html.escape(value)}</gpPARAM>')
    lines.append("</gpOBJECT>")
    return "\n".join(lines)


def param(text, name):
    """By a regular expression, as public clients have it."""
    found = re.search(rf'<gpPARAM name="{name}"[^>]*>([^<]*)</gpPARAM>', text)
    if not found:
        raise SystemExit(f"no {name} in {text}")
    return html.unescape(found.group(1))


def legacy_cms(challenge, certificate, key, digest):
    with tempfile.NamedTemporaryFile() as content:
        content.write(challenge)
        content.flush()
        command = ["openssl", "cms", "-sign", "-binary", "-noattr", "-nodetach"]
        command += ["-outform", "DER", "-md", digest, "-in", content.name]
        command += ["-signer", certificate, "-inkey", key]
        return subprocess.run(command, check=True, capture_output=True).stdout


def session_request(ticket, operation, reset=None):
    flag = "" if reset is None else f' reset="{reset}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<RequestSet vers="1.0" svcid="session" reqid="1"><Request><![CDATA['
        f'<SessionRequest vers="1.0" reqid="0"><{operation}{flag}>'
        f"<SessionID>{html.escape(ticket)}</SessionID></{operation}></SessionRequest>"
        "]]></Request></RequestSet>"
    )


def valid_for(answer, ticket, uid):
    answer = html.unescape(answer)
    handle = re.search(r'<Property name="SessionHandle" value="([^"]*)"', answer)
    user = re.search(r'<Property name="UserId" value="([^"]*)"', answer)
    return bool(handle and user and handle[1] == f"shandle:{ticket}" and user[1] == uid)


def main():
    base, authority, certificate, key, uid, digest = sys.argv[1:]
    server = Server(base, authority)
    common = {"auth_method": "3", "app_url": "NHST", "log_session_id": TRANSACTION}
    common["device_id"] = DEVICE

    _, activated = server.ask("/login/authactivate", message(**common, service="ACTIVATION"))
    challenge, signature = param(activated, "challenge"), param(activated, "signature")
    print("activated", param(activated, "gas_version"))

    cms = legacy_cms(base64.b64decode(challenge), certificate, key, digest)
    response = base64.b64encode((MIME + base64.encodebytes(cms).decode()).encode()).decode()
    request = message(
        **common,
        service="AUTHENTICATION",
        challenge=challenge,
        signature=signature,
        uid=uid,
        card_type="p11",
        response=response,
        mobility="0",
    )
    status, validated = server.ask("/login/authvalidate", request)
    if status != 200:
        print("refused", status, re.sub(r"\s+", " ", validated))
        return
    ticket = param(validated, "sso_ticket")
    roles = re.findall(r'<gpPARAM name="nhsjobrole\d+"[^>]*\bid="([^"]+)"', validated)
    print("validated", param(validated, "cn"), *roles)

    token = urllib.parse.quote(ticket, safe="")
    path = f"/saml/RoleSelectionGP.jsp?token={token}&selectedRoleUid={roles[-1]}"
    path += "&ssbMode=0&fallbackStatus=0&gacVersion=7.2.2.16"
    _, selected = server.ask(path)
    print("selected", roles[-1], re.search(r"<STATUS>(.*?)</STATUS>", selected)[1])

    for reset in ("false", "true"):
        _, answer = server.ask(
            "/amserver/sessionservice", session_request(ticket, "GetSession", reset)
        )
        print("session", reset, valid_for(answer, ticket, uid))

    status, assertion = server.ask(f"/saml/RoleAssertion?token={token}")
    role = re.search(r'AttributeName="ssbSessionRoleUid".*?<saml:AttributeValue>(\d+)<', assertion, re.S)
    print("assertion", status, role and role[1])

    goodbye = message(
        service="LOGOUT", sso_ticket=ticket, log_session_id=TRANSACTION, device_id=DEVICE, uid=uid
    )
    # The oldest client sends its body with GET.
    _, over = server.ask(param(validated, "sso_logout_url"), goodbye, method="GET")
    print("logout", re.search(r"<STATUS>(.*?)</STATUS>", over)[1])

    _, answer = server.ask("/amserver/sessionservice", session_request(ticket, "GetSession", "false"))
    print("session after", valid_for(answer, ticket, uid), "Exception" in html.unescape(answer))
    status, _ = server.ask(f"/saml/RoleAssertion?token={token}")
    print("assertion after", status == 200)


main()
