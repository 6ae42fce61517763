"""Drives the Python client simple-salesforce against the sandbox.

It knows Salesforce's hosts by heart and speaks https only, so its session carries an adapter that
sends requests for them to the sandbox; nothing else is changed.
"""

import datetime
import json
import sys
import urllib.request
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed, SalesforceMalformedRequest

INFO = json.loads(sys.argv[1])
ORG = INFO["salesforce"]
VERSION = "62.0"
failed = 0


def check(name, fine, detail=""):
    global failed
    print(f"{'ok' if fine else 'FAILED'}  python simple-salesforce: {name} {detail}", flush=True)
    failed += 0 if fine else 1


class ToSandbox(HTTPAdapter):
    """The login host is localhost, every other one the organization's own."""

    def send(self, request, *args, **kwargs):
        port = urlsplit(ORG["https"]).port
        parts = urlsplit(request.url)
        host = "localhost" if parts.hostname == "login.salesforce.com" else "127.0.0.1"
        request.url = urlunsplit(parts._replace(netloc=f"{host}:{port}"))
        return super().send(request, *args, **kwargs)


def session():
    made = requests.Session()
    made.verify = INFO["ca_file"]
    # A bundle named in the environment would be trusted instead.
    made.trust_env = False
    for host in ("login", "sandbox-org.my"):
        made.mount(f"https://{host}.salesforce.com", ToSandbox())
    return made


def exported(name):
    url = f"{INFO['control']}/export?provider=salesforce&object={name}"
    with urllib.request.urlopen(url) as answer:
        return [json.loads(line) for line in answer.read().decode().strip().split("\n")]


def logins():
    """One connection per way of logging in."""
    common = {"version": VERSION, "session": session()}
    return {
        "SOAP": Salesforce(username=ORG["username"], password=ORG["password"],
                           security_token=ORG["security_token"], **common),
        "JWT": Salesforce(username=ORG["username"], consumer_key=ORG["client_id"],
                          privatekey_file=ORG["private_key_file"], **common),
        "client credentials": Salesforce(consumer_key=ORG["client_id"],
                                         consumer_secret=ORG["client_secret"],
                                         domain="sandbox-org.my", **common),
    }


def reads(sf):
    contacts = exported("Contact")
    rows = list(sf.query_all_iter("SELECT Id, LastName, Account.Name FROM Contact"))
    check("pages of contacts", {r["Id"] for r in rows} == {r["Id"] for r in contacts},
          f"{len(rows)} rows")
    first = sf.Contact.get(contacts[0]["Id"])
    check("record by id", {k: v for k, v in first.items() if k != "attributes"} == contacts[0])
    owners = sf.query_all("SELECT OwnerId, COUNT(Id) n FROM Opportunity GROUP BY OwnerId")["records"]
    expected = {}
    for row in exported("Opportunity"):
        expected[row["OwnerId"]] = expected.get(row["OwnerId"], 0) + 1
    check("aggregates", {r["OwnerId"]: r["n"] for r in owners} == expected, f"{len(owners)} groups")
    everything = sf.Everything__c.describe()
    types = {field["type"] for field in everything["fields"]}
    check("describe", {"multipicklist", "location", "encryptedstring", "time"} <= types,
          f"{len(types)} types")
    check("describe of all", any(o["name"] == "Wide__c" for o in sf.describe()["sobjects"]))
    check("limits", sf.limits()["DailyApiRequests"]["Max"] > 0)
    check("usage of the API", sf.api_usage["api-usage"].used > 0)
    end = datetime.datetime(2026, 9, 15, tzinfo=datetime.timezone.utc)
    gone = sf.Account.deleted(end - datetime.timedelta(days=10), end)
    check("deleted", len(gone["deletedRecords"]) > 0, f"{len(gone['deletedRecords'])} rows")


def refusals(sf):
    try:
        sf.query("SELECT Nothing FROM Account")
        check("400 becomes SalesforceMalformedRequest", False)
    except SalesforceMalformedRequest as error:
        check("400 becomes SalesforceMalformedRequest",
              error.content[0]["errorCode"] == "INVALID_FIELD")
    try:
        Salesforce(username=ORG["username"], password="wrong", security_token="",
                   version=VERSION, session=session())
        check("wrong password", False)
    except SalesforceAuthenticationFailed as error:
        check("wrong password", error.code == "INVALID_LOGIN", str(error.code))


def main():
    connections = logins()
    for name, sf in connections.items():
        answer = sf.query("SELECT Id FROM Account LIMIT 1")
        check(f"login by {name}", answer["totalSize"] == 1, sf.sf_instance)
    reads(connections["JWT"])
    refusals(connections["SOAP"])


main()
sys.exit(1 if failed else 0)
