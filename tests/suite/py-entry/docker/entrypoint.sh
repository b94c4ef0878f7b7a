#!/bin/sh
set -e
mkdir -p var
sqlite3 var/todo.db < docker/schema.sql
exec todo "$@"
