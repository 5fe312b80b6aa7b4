#!/usr/bin/env python3
"""trails.py ADMIN ENDPOINT WORD...: a trail of all regions on the strict peer, and what becomes of it.

make, start, stop, writes (records only what is written), all (everything), advanced (the same, with advanced event
selectors).
"""
import json
import sys
import urllib.request

import boto3
from botocore.config import Config

NAME = "whole"
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def main(admin, endpoint, *words):
    root = json.load(urllib.request.urlopen(admin + "/healthz", timeout=20))["root"]

    def client(service):
        return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=root["ak"],
                            aws_secret_access_key=root["sk"], config=Config(s3={"addressing_style": "path"}))

    trail = client("cloudtrail")
    for word in words:
        if word == "make":
            client("s3").create_bucket(Bucket="trails")
            trail.create_trail(Name=NAME, S3BucketName="trails", IsMultiRegionTrail=True)
        elif word == "start":
            trail.start_logging(Name=NAME)
        elif word == "stop":
            trail.stop_logging(Name=NAME)
        elif word == "advanced":
            trail.put_event_selectors(TrailName=NAME, AdvancedEventSelectors=[{"FieldSelectors": [MANAGEMENT]}])
        else:
            kind = {"writes": "WriteOnly", "all": "All"}[word]
            trail.put_event_selectors(TrailName=NAME, EventSelectors=[
                {"ReadWriteType": kind, "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}])


if __name__ == "__main__":
    main(*sys.argv[1:])
