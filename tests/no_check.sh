#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stands in for the unit tests when configure found no Check library.
echo "ok 1 - every unit test # SKIP the Check library was not found by configure"
echo "1..1"
