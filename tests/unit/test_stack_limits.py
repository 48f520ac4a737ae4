"""How near a stack is to AWS's limits, measured on templates as SAM writes them."""

from __future__ import annotations

from typing import Any

from local.stack_limits import sizes

SOURCE = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/live"


def permission(number: int, function: str = "PagesFunctionAliaslive") -> dict[str, Any]:
    calls = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": function}, "Principal": "apigateway.amazonaws.com"}
    return {"Type": "AWS::Lambda::Permission", "Properties": calls | {"SourceArn": f"{SOURCE}/GET/admin/customers/{number:03d}"}}


def found(resources: dict[str, Any], what: str) -> tuple[int, str]:
    (one,) = (one for one in sizes({"Resources": resources}) if one.what == what)
    return one.found, one.where


def test_a_function_that_many_routes_may_call_comes_over_the_size_of_its_policy():
    resources = {f"Page{number}Permission": permission(number) for number in range(60)} | {"Other": permission(1, "OtherFunction")}

    size, where = found(resources, "bytes of a function's policy")

    assert 20_480 < size < 30_000
    assert where == "PagesFunctionAliaslive"


def test_an_api_counts_each_place_in_its_tree_of_paths_once():
    paths: dict[str, Any] = {"/admin": {}, "/admin/{proxy+}": {}, "/api/staff/customers/{customer_id}": {}, "/api/staff/ageing": {}}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": paths}}}

    assert found({"RestApi": api}, "resources of an API") == (8, "RestApi")


def test_a_roles_own_policies_count_together_and_references_as_long_as_they_become():
    statement = {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}
    role = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}, {"PolicyDocument": {"Statement": [statement]}}]}

    size, where = found({"PagesRole": {"Type": "AWS::IAM::Role", "Properties": role}}, "characters of a role's own policies")

    assert 2 * 140 < size < 2 * 220
    assert where == "PagesRole"


def test_every_resource_counts_and_the_commonest_kinds_are_named():
    resources = {f"Page{number}Permission": permission(number) for number in range(3)} | {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}
    }

    assert found(resources, "resources") == (4, "most are 3 AWS::Lambda::Permission, 1 AWS::SNS::Topic")
