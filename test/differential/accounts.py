"""What differs between CRMs for the differential machine: how an account is filled, logged in to and edited."""
import os


class Account:
    """One CRM's account, as the sandbox has it."""

    provider = ""
    always = ()  # tables that every round reads
    most_tables = 7
    import_only = None  # tables to import; None: all
    sources = ["default"]  # values of read_path to draw from; "default": the CRM has one source
    sizes = [(260, None)]  # (rows of the main table, page_size)
    mutant_size = (150, None)
    tolerated = {}  # mutants that must not change any answer, and why
    lagging = set()  # mutants of what lags: reading must be fresh to notice them
    deleted_too = set()  # mutants that show where deleted rows are read as well
    edited = {}  # table: a text field that somebody edits
    states = set()  # switches that are no readings of the API: they keep their default

    def counts(self, rows):
        """Numbers of rows for the sandbox."""
        raise NotImplementedError

    def server_options(self, rng):
        return {}

    def mapping_options(self, account, rng):
        """Of the user mapping; `account`: the credentials that the sandbox gave, or its environment."""
        raise NotImplementedError

    def import_clause(self):
        if self.import_only is None:
            return ""
        return f"LIMIT TO ({', '.join(self.import_only)})"

    def export_name(self, table):
        """The sandbox's name of the table's object."""
        return table.name


class Close(Account):
    provider = "close"
    always = ("leads", "contacts", "opportunities")
    sources = ["auto", "auto", "fresh", "index"]
    sizes = [(260, None), (260, 100), (150, None), (150, 60), (90, 30), (40, None)]
    # The edits delete one row: the pages of leads are all full then, so that what is lost at the end is lost.
    mutant_size = (181, 60)
    tolerated = {
        "duplicate_row": "rows are known by their id, and come once",
        "aggregates_of_page": "the CRM's sums are not used",
        "null_order": "no order of a column that can be empty is relied upon",
        "related_any": "conditions on related records only narrow what is read, and never what is counted",
    }
    lagging = {"stale_get"}
    edited = {"opportunities": "note", "contacts": "title", "leads": "name"}

    def counts(self, rows):
        return {"leads": rows, "contacts": rows * 3 // 2, "opportunities": rows * 2 // 3}

    def server_options(self, rng):
        return {"endpoint": os.environ["CRM_FDW_CLOSE_" + rng.choice(["URL", "HTTPS_URL"])]}

    def mapping_options(self, account, rng):
        return {"api_key": account["api_key"]}


class Salesforce(Account):
    provider = "salesforce"
    always = ("account", "contact", "lead", "opportunity", "task", "everything__c")
    most_tables = 8
    import_only = (*always, '"user"', "everything_line__c")
    sizes = [(260, None), (260, 200), (150, None), (90, 200), (40, None), (700, 200)]
    mutant_size = (700, 200)
    states = {"user_state"}
    tolerated = {
        "equals_case_sensitive": "texts are compared again here, with case, and what matches without is only more",
        "decimals_rounded": "bounds are wider than what a double rounds, and what is read is rounded as well",
        "describe_never_changes": "no description is asked for on condition",
        "updated_forgets": "nobody asks for what changed",
        "record_of_other": "records are retrieved in collections",
        "retrieve_shifts": "records are known by their Id, not by their place",
        "soql_limit_short": "no LIMIT is sent",
        "like_unanchored": "LIKE only narrows what is read, and never what is counted",
        "includes_or": "INCLUDES only narrows what is read, and never what is counted",
        "ids_without_case": "ids of the sandbox differ in more than case",
        "token_never_expires": "a token that is good for longer is as good",
    }
    deleted_too = {"queryall_hides_deleted"}
    edited = {"Account": "Name", "Contact": "Title", "Opportunity": "NextStep", "Everything__c": "Name"}

    def counts(self, rows):
        return {"accounts": rows, "contacts": rows * 3 // 2, "opportunities": rows, "leads": rows // 2,
                "tasks": rows // 2, "everything": rows}

    def server_options(self, rng):
        return {"login_url": os.environ["CRM_FDW_SALESFORCE_LOGIN_URL"],
                "remote_joins": rng.choice(["true", "true", "false"])}

    def mapping_options(self, account, rng):
        if rng.random() < 0.5:
            return {"access_token": account["access_token"], "instance_url": account["instance_url"]}
        return {"client_id": account["client_id"], "username": account["username"],
                "private_key": account["private_key"]}

    def export_name(self, table):
        return table.object


ACCOUNTS = {account.provider: account for account in (Close(), Salesforce())}
