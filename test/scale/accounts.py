"""What differs between CRMs for the reading of a big account: its tables, the ways through them, the log-in."""
import os


class Account:
    """One CRM's account."""

    provider = ""
    # Values that every way gives alike, by table: column and the export's key; the id first.
    values = {}
    page = 200  # rows of a page
    more_requests = 1.0  # how many times the least is allowed
    ways = (None,)  # values of read_path; None: the CRM has one
    by_ids = ()  # what is read by ids too: table, ids of a request, ids at once
    narrow_export = False  # whether the sandbox exports single fields

    def mapping_options(self):
        raise NotImplementedError

    def server_options(self):
        return {}

    def export_name(self, table):
        return table

    def reads(self, _table, _way):
        """Whether the table can be read completely that way."""
        return True


class Close(Account):
    provider = "close"
    values = {
        "leads": [("id", "id"), ("name", "name"), ("status_id", "status_id"), ("url", "url"),
                  ("description", "description")],
        "contacts": [("id", "id"), ("lead_id", "lead_id"), ("name", "name"), ("title", "title")],
        "opportunities": [("id", "id"), ("lead_id", "lead_id"), ("note", "note"), ("status_id", "status_id")],
    }
    more_requests = 1.10
    ways = ("auto", "index", "fresh")
    by_ids = ("leads", 100, 20_000)

    def server_options(self):
        return {"endpoint": os.environ["CRM_FDW_CLOSE_URL"]}

    def mapping_options(self):
        return {"api_key": os.environ["CRM_FDW_CLOSE_KEY"]}

    def reads(self, table, way):
        # The lists of leads and contacts end before that many rows: an error says so.
        return way != "fresh" or table == "opportunities"


class Salesforce(Account):
    provider = "salesforce"
    values = {
        "contact": [("id", "Id"), ("account_id", "AccountId"), ("first_name", "FirstName"), ("last_name", "LastName"),
                    ("email", "Email"), ("owner_id", "OwnerId")],
    }
    page = 2000
    narrow_export = True
    by_ids = ("contact", 2000, 20_000)

    def server_options(self):
        return {"login_url": os.environ["CRM_FDW_SALESFORCE_LOGIN_URL"]}

    def mapping_options(self):
        return {name: os.environ["CRM_FDW_SALESFORCE_" + name.upper()]
                for name in ("client_id", "username", "private_key")}

    def export_name(self, table):
        return table.capitalize()


ACCOUNTS = {account.provider: account for account in (Close(), Salesforce())}
