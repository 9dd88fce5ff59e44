// Package capture keeps deliveries in a file: a journal with one capture a line
// (see [event.Delivery.AppendJSON]), which grows at its end and never changes
// before it.
//
// [Open] takes the file for one writer, mends what a writer that was killed has
// left behind, and returns a [File]. When [File.Append] has returned without an
// error, the whole line is in the file: whatever kills the process then, the
// line stays. With [Options].Sync it is on the disk and survives a power cut,
// too. Deliveries that are appended at the same time share one write and one
// sync.
//
// An error of the disk is the error of all deliveries of its write. What that
// write may have left is cut off, so nothing is ever glued to a part of a line.
// With Options.Sync the file is then opened anew before the next write, since
// the system tells of a sync that failed only once and may forget the content.
//
// Of damage nothing is thrown away but the beginning of a last line, which
// nobody was told of. Lines that cannot be read are copied to a file beside,
// PATH.damaged-1 or the next number that is free, which is never written again.
// They stay where they are, unless they are the last ones and hold zeros, as a
// power cut leaves them: those are cut off, so that the file can be read again.
//
// Readers need no lock and none of this package: package event reads captures
// like every other source, and skips a line that is still being written.
//
// A capture is there to be sent again and to be passed around, so whatever puts
// deliveries into one passes their headers through [Redact] first.
package capture
