<?php
// A webhook receiver in plain PHP that keeps to the vendor's advice.
declare(strict_types=1);

ini_set('display_errors', '0');
header('Content-Type: application/json');

const TOLERANCE = 300; // seconds
const LIMIT = 1 << 20; // bytes
const COURSE = ['course', 'is_int'];
const USER = ['user', 'is_string'];
const GROUP = ['group', 'is_int'];
// What the body of an event holds, with the type of its id.
const HOLDS = [
    'Course/Published' => [COURSE],
    'Course/Unpublished' => [COURSE],
    'Course/Assigned' => [COURSE, USER],
    'Course/Started' => [COURSE, USER],
    'Course/Progress' => [COURSE, USER],
    'Course/Finished' => [COURSE, USER],
    'User/Created' => [USER],
    'User/Edited' => [USER],
    'Group/User/Created' => [USER, GROUP],
];

function answer(int $status, array $body): never
{
    http_response_code($status);
    echo json_encode($body);
    exit;
}

function refuse(int $status, string $reason): never
{
    answer($status, ['error' => $reason]);
}

// Standard Webhooks, version v1.
function checkSignature(string $secret, string $raw): void
{
    $sentAt = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($sentAt) || abs(time() - (int) $sentAt) > TOLERANCE) {
        refuse(401, 'signed too long ago, or never');
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sentAt.$raw", $key, true));
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $signature) {
        if (hash_equals($right, $signature)) {
            return;
        }
    }
    refuse(401, 'wrong signature');
}

function check(mixed $event): void
{
    // Objects are objects here, so that {} and [] differ.
    if (!is_object($event) || !is_int($event->occuredAt ?? null)
        || !is_string($event->type ?? null) || !is_object($event->body ?? null)) {
        refuse(400, 'no event');
    }
    foreach (HOLDS[$event->type] ?? [] as [$name, $isId]) { // types that nobody knows are taken
        $held = $event->body->$name ?? null;
        if (!is_object($held) || !$isId($held->id ?? null) || !is_string($held->name ?? null)) {
            refuse(400, "no $name");
        }
    }
}

if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/webhook') {
    refuse(404, 'not found');
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    refuse(405, 'POST alone');
}
$raw = file_get_contents('php://input', length: LIMIT + 1); // the bytes: what is signed, and what is kept
if (strlen($raw) > LIMIT) {
    refuse(413, 'too large');
}
if ($secret = getenv('SECRET')) {
    checkSignature($secret, $raw);
}
check(json_decode($raw));

$digest = hash('sha256', $raw);
if ($received = getenv('RECEIVED')) {
    file_put_contents($received, $digest . "\n", FILE_APPEND | LOCK_EX);
}
answer(200, ['sha256' => $digest, 'bytes' => strlen($raw)]);
