// Package event is the noun that everything else in konhook is about: one
// webhook event of Konstantly, kept as the exact bytes that were delivered.
//
// It holds the registry of event types ([Types], [ParseType], [Select]), the
// [Event] itself, the [Delivery] that a capture file keeps of it, and the
// reader that finds events in files, folders, archives and streams ([Read]).
//
// Bodies are never decoded and encoded again: doing so would break signatures
// and change numbers. Whoever needs a value out of a body reads it from the
// bytes and leaves them as they are.
//
// The package judges no payload. Whether a body follows the schema is the
// business of package schema.
package event
