<?php
// A webhook receiver in plain PHP that answers with the hash of what it got.
declare(strict_types=1);

header('Content-Type: application/json');

$raw = file_get_contents('php://input');
$event = json_decode($raw, true);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);

if ($_SERVER['REQUEST_METHOD'] !== 'POST' || $path !== '/webhook' || !is_string($event['type'] ?? null)) {
    http_response_code(400);
    echo json_encode(['error' => 'no event']);
    return;
}

$digest = hash('sha256', $raw);
if ($received = getenv('RECEIVED')) {
    file_put_contents($received, $digest . "\n", FILE_APPEND | LOCK_EX);
}
echo json_encode(['sha256' => $digest, 'bytes' => strlen($raw)]);
