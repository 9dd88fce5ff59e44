// Package capture keeps deliveries in a file: a journal with one capture a line
// (see [event.Delivery.AppendJSON]), which grows at its end and never changes
// before it.
//
// [Open] takes the file for one writer, mends what a writer that was killed has
// left behind, and returns a [File]. When [File.Append] has returned without an
// error, the whole line is in the file: whatever kills the process then, the
// line stays. The power must not fail, since nothing is forced to the disk.
// Deliveries that are appended at the same time share one write.
//
// Readers need no lock and none of this package: package event reads captures
// like every other source, and skips a line that is still being written.
//
// A capture is there to be sent again and to be passed around, so whatever puts
// deliveries into one passes their headers through [Redact] first.
package capture
