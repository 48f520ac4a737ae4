"""The template: what stands in it, who may do what, and that no trigger loses anything in silence."""

from __future__ import annotations

import json

import pytest

from tests.contract.reading import (
    FUNCTION,
    ROOT,
    STATE_MACHINE,
    Tree,
    environment,
    events,
    functions,
    handler_folders,
    listed,
    logical_id,
    mentions,
    resources,
    statements,
    template,
)
from tests.contract.settings_used import TABLE_NAMES, settings_used

TABLES = ("LedgerTable", "AccountsTable", "DirectoryTable", "EmailActivityTable", "TransientTable")
BOOKS_AND_PEOPLE = ("LedgerTable", "AccountsTable", "DirectoryTable", "EmailActivityTable")
DEAD_LETTER_QUEUES = ("MailDeadLetterQueue", "EmailEventsDeadLetterQueue", "ImportsDeadLetterQueue", "ScheduledDeadLetterQueue")


def policies() -> list[tuple[str, Tree]]:
    owners = resources(FUNCTION) | resources(STATE_MACHINE)
    return [(name, one) for name, owner in owners.items() for one in statements(owner["Properties"].get("Policies", []))]


# ---------------------------------------------------------------- functions


def test_every_folder_with_a_handler_is_a_function_and_every_function_has_its_folder():
    assert set(handler_folders()) == set(functions())


@pytest.mark.parametrize("folder", sorted(functions()))
def test_a_function_is_named_for_its_folder_and_has_a_log_group_that_forgets(folder: str):
    name = logical_id(folder)
    logs = name.removesuffix("Function") + "Logs"

    assert resources(FUNCTION)[name]["Properties"]["CodeUri"] == f"functions/{folder}"
    assert functions()[folder]["LoggingConfig"]["LogGroup"] == {"Ref": logs}
    assert resources("AWS::Logs::LogGroup")[logs]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_stand_in_alphabetical_order_each_followed_by_its_log_group():
    names = [name for name, one in resources().items() if one["Type"] in {FUNCTION, "AWS::Logs::LogGroup"}]

    functions_in_order = names[::2]
    assert functions_in_order == sorted(functions_in_order)
    assert names[1::2] == [name.removesuffix("Function") + "Logs" for name in functions_in_order]


def test_the_runtime_stands_once():
    assert json.dumps(template()).count('"Runtime": "python') == 1
    assert template()["Globals"]["Function"]["Runtime"] == "python3.13"


@pytest.mark.parametrize("folder", sorted(functions()))
def test_a_function_says_what_it_is_for(folder: str):
    assert functions()[folder]["Description"].endswith(".")


@pytest.mark.parametrize(
    "folder",
    [
        "authorize",
        "authorize_contact",
        "brand_api",
        "document_api",
        "payment_api",
        "session_api",
        "staff_api",
        "staff_mail_api",
        "staff_pages",
        "staff_payment_api",
        "statement_api",
    ],
)
def test_what_people_wait_for_starts_from_a_snapshot(folder: str):
    properties = functions()[folder]

    assert properties["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert properties["AutoPublishAlias"] == "live"
    assert properties["AutoPublishAliasAllProperties"] is True


@pytest.mark.parametrize("folder", sorted(functions()))
def test_every_setting_a_function_uses_is_stated_for_it(folder: str):
    missing = settings_used(folder) - environment(functions()[folder])

    assert not missing


@pytest.mark.parametrize("folder", sorted(functions()))
def test_a_function_is_told_nothing_that_it_does_not_ask_for(folder: str):
    stated = set(functions()[folder].get("Environment", {}).get("Variables", {}))

    assert not stated - settings_used(folder) - TABLE_NAMES


@pytest.mark.parametrize("folder", sorted(functions()))
def test_a_function_states_no_setting_of_a_table_it_may_not_use(folder: str):
    properties = functions()[folder]
    tables = {
        value["Ref"]
        for value in properties.get("Environment", {}).get("Variables", {}).values()
        if isinstance(value, dict) and value.get("Ref") in TABLES
    }
    granted = {table for table in TABLES for one in statements(properties.get("Policies", [])) if mentions(one["Resource"], table)}

    assert granted == tables


# ---------------------------------------------------------------- rights


@pytest.mark.parametrize(("owner", "statement"), policies(), ids=lambda value: value if isinstance(value, str) else value["Sid"])
def test_a_policy_lists_its_actions_and_names_one_resource(owner: str, statement: Tree):
    for action in listed(statement["Action"]):
        assert "*" not in action, f"{owner}: {action}"
    assert not isinstance(statement["Resource"], list), f"{owner}: one resource a statement"
    text = json.dumps(statement["Resource"])
    assert text != '"*"'
    assert text.count("*") == text.count('/*"'), f"{owner}: a wild card only behind a fixed prefix, not in {text}"


@pytest.mark.parametrize(("owner", "statement"), policies(), ids=lambda value: value if isinstance(value, str) else value["Sid"])
def test_nobody_may_change_or_delete_a_journal_entry_and_nobody_may_scan(owner: str, statement: Tree):
    actions = set(listed(statement["Action"]))

    assert not actions & {"dynamodb:Scan", "dynamodb:BatchWriteItem", "dynamodb:PartiQLUpdate", "dynamodb:DeleteTable"}, owner
    if mentions(statement["Resource"], "LedgerTable"):
        assert actions <= {"dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}, owner


@pytest.mark.parametrize(("owner", "statement"), policies(), ids=lambda value: value if isinstance(value, str) else value["Sid"])
def test_rights_on_an_index_are_to_query_and_stand_apart(owner: str, statement: Tree):
    if "/index/" in json.dumps(statement["Resource"]):
        assert listed(statement["Action"]) == ["dynamodb:Query"], owner


def test_only_what_talks_to_processors_reads_their_credentials_and_only_settings_write_them():
    readers = {owner for owner, one in policies() if "secretsmanager:GetSecretValue" in listed(one["Action"])}
    writers = {owner for owner, one in policies() if "secretsmanager:PutSecretValue" in listed(one["Action"])}

    charging = {"PaymentApiFunction", "PortalPaymentApiFunction", "StaffPaymentApiFunction", "StaffPaymentPagesFunction"}
    assert readers == charging | {"ProcessorWebhookFunction", "SettlementFunction"}
    assert writers == {"CreateTenantFunction", "StaffApiFunction", "StaffSettingsPagesFunction"}


@pytest.mark.parametrize(("owner", "statement"), policies(), ids=lambda value: value if isinstance(value, str) else value["Sid"])
def test_who_puts_mails_on_record_may_count_them(owner: str, statement: Tree):
    if statement["Resource"] == {"Fn::GetAtt": ["EmailActivityTable", "Arn"]} and "dynamodb:PutItem" in listed(statement["Action"]):
        assert "dynamodb:UpdateItem" in listed(statement["Action"]), owner


def test_no_parameter_takes_a_secret():
    for name, parameter in template()["Parameters"].items():
        assert "NoEcho" not in parameter, name
        assert not any(word in name.lower() for word in ("secret", "password", "key")), name


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("table", TABLES)
def test_a_table_can_be_restored_is_encrypted_and_is_protected_by_parameter(table: str):
    properties = resources("AWS::DynamoDB::Table")[table]["Properties"]

    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["KeepsTables", True, False]}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", BOOKS_AND_PEOPLE)
def test_a_table_that_matters_outlives_the_stack(table: str):
    resource = resources("AWS::DynamoDB::Table")[table]

    assert resource["DeletionPolicy"] == "Retain"
    assert resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", ["EmailActivityTable", "TransientTable"])
def test_what_ends_by_itself_has_a_time_to_live(table: str):
    properties = resources("AWS::DynamoDB::Table")[table]["Properties"]

    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_five_tables_are_all_there_is():
    assert set(resources("AWS::DynamoDB::Table")) == set(TABLES)


# ---------------------------------------------------------------- triggers, queues, alarms


@pytest.mark.parametrize("folder", sorted(functions()))
def test_an_asynchronous_trigger_sets_aside_what_it_cannot_deliver_and_the_function_what_it_cannot_do(folder: str):
    properties = functions()[folder]
    schedules, rules = events(properties, "ScheduleV2"), events(properties, "EventBridgeRule")
    topics, queues = events(properties, "SNS"), events(properties, "SQS")

    for trigger in (schedules | rules).values():
        assert trigger["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in DEAD_LETTER_QUEUES
        assert "RetryPolicy" in trigger
    for topic in topics.values():
        assert topic["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in DEAD_LETTER_QUEUES
    if schedules or rules or topics:
        failures = properties["EventInvokeConfig"]
        assert failures["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] in DEAD_LETTER_QUEUES
        assert "MaximumRetryAttempts" in failures
    for queue in queues.values():
        assert queue["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        source = resources("AWS::SQS::Queue")[queue["Queue"]["Fn::GetAtt"][0]]["Properties"]
        assert source["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in DEAD_LETTER_QUEUES
        assert source["VisibilityTimeout"] >= 6 * properties["Timeout"]


@pytest.mark.parametrize("queue", DEAD_LETTER_QUEUES)
def test_a_dead_letter_queue_keeps_two_weeks_and_rings(queue: str):
    alarms = [one["Properties"] for one in resources("AWS::CloudWatch::Alarm").values()]
    ringing = [
        one
        for one in alarms
        if mentions(one.get("Dimensions", []), queue)
        and one["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and one["Threshold"] == 0
    ]

    assert resources("AWS::SQS::Queue")[queue]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert len(ringing) == 1


def test_every_queue_is_either_consumed_or_a_dead_letter_queue():
    assert set(resources("AWS::SQS::Queue")) == {"LinkQueue", "MailQueue", *DEAD_LETTER_QUEUES}


def test_failed_executions_and_parked_payments_ring():
    alarms = {one["Properties"]["MetricName"] if isinstance(one["Properties"]["MetricName"], str) else "parked": one["Properties"]
              for name, one in resources("AWS::CloudWatch::Alarm").items() if not name.startswith(("StatementRun", "AutomationRun"))}  # fmt: skip
    counted = resources("AWS::Logs::MetricFilter")["ParkedPayments"]["Properties"]

    assert mentions(alarms["ExecutionsFailed"], "ApplyPaymentStateMachine")
    assert mentions(alarms["ExecutionsTimedOut"], "ApplyPaymentStateMachine")
    for run in ("StatementRun", "AutomationRun"):
        given_up = resources("AWS::CloudWatch::Alarm")[f"{run}FailedAlarm"]["Properties"]
        assert (given_up["MetricName"], mentions(given_up, f"{run}StateMachine")) == ("ExecutionsFailed", True)
    assert counted["MetricTransformations"][0]["MetricName"] == alarms["parked"]["MetricName"]
    assert '"payment parked"' in (ROOT / "functions/apply_payment/handler.py").read_text()
    assert '"payment parked"' in counted["FilterPattern"]


@pytest.mark.parametrize("name", sorted(resources("AWS::CloudWatch::Alarm")))
def test_an_alarm_tells_somebody_and_names_its_page(name: str):
    alarm = resources("AWS::CloudWatch::Alarm")[name]["Properties"]

    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert "docs/operations.md" in alarm["AlarmDescription"]


def test_only_ses_may_publish_mail_events():
    policy = resources("AWS::SNS::TopicPolicy")["EmailEventsTopicPolicy"]["Properties"]["PolicyDocument"]

    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert set(statement["Condition"]["StringEquals"]) == {"AWS:SourceAccount", "AWS:SourceArn"}


# ---------------------------------------------------------------- the portal and the rest


def test_every_bucket_is_closed_to_the_public_and_encrypted():
    for name, bucket in resources("AWS::S3::Bucket").items():
        block = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert list(block.values()) == [True] * 4, name
        assert "BucketEncryption" in bucket["Properties"], name


def test_mails_have_as_many_senders_as_share_the_rate():
    sender = functions()["send_mail"]
    (queue,) = events(sender, "SQS").values()

    assert str(queue["ScalingConfig"]["MaximumConcurrency"]) == sender["Environment"]["Variables"]["MAIL_SENDERS"]


def test_whatever_cloudfront_needs_hangs_on_the_one_condition():
    for name, resource in resources().items():
        if resource["Type"].startswith("AWS::CloudFront::") or name in {"PortalBucket", "FieldsBucket", "OriginSecret"}:
            assert resource.get("Condition") == "HasCloudFront", name


def test_no_resource_has_a_physical_name_of_our_choosing():
    named = (
        "TableName",
        "QueueName",
        "TopicName",
        "BucketName",
        "FunctionName",
        "LogGroupName",
        "StateMachineName",
        "AlarmName",
        "LayerName",
    )
    for name, resource in resources().items():
        # A permission's FunctionName says whose it is.
        if resource["Type"] not in {"AWS::Logs::MetricFilter", "AWS::Lambda::Permission"}:
            assert not set(resource.get("Properties", {})) & set(named), name


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_every_parameter_and_output_is_described(section: str):
    for name, one in template()[section].items():
        assert one.get("Description", "").endswith("."), name


def test_sections_stand_in_house_order():
    banners = [line.rsplit("- ", 1)[1] for line in (ROOT / "template.yaml").read_text().splitlines() if line.startswith("  # ----")]
    house = ["API", "FUNCTIONS", "TABLES", "QUEUES", "STATE MACHINES", "SCHEDULES", "EMAIL", "ALARMS"]

    assert [banner for banner in banners if banner in house] == house
    assert list(template())[-1] == "Outputs"
