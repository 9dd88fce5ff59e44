<?php
// A webhook receiver in plain PHP as one writes it on the first day.

ini_set('display_errors', '1');
error_reporting(E_ALL);

$event = json_decode(file_get_contents('php://input'), true);

switch ($event['type']) {
    case 'User/Created':
    case 'User/Edited':
        $user = $event['body']['user'];
        error_log('user ' . $user['name'] . ' ' . strtolower($user['email']));
        break;
    case 'Course/Published':
        error_log('course ' . strtoupper($event['body']['course']['name']));
        break;
}

echo 'ok';
