<?php
@mkdir(__DIR__ . '/../var');
$database = new PDO('sqlite:' . __DIR__ . '/../var/guests.sqlite');
$database->exec('create table guest (name text)');
$database->exec("insert into guest values ('Änne'), ('Bob')");
