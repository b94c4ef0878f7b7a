<?php
mb_internal_encoding('UTF-8');
$database = new PDO('sqlite:' . __DIR__ . '/../var/guests.sqlite');
header('Content-Type: text/plain; charset=utf-8');
foreach ($database->query('select name from guest order by name') as $row) {
    echo mb_strtoupper($row['name']), "\n";
}
